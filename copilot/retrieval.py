"""From a conversation to one question for the knowledge: what is open now, and what led to it.

The customer's open turns are embedded together, as one text: measured on recorded conversations that
finds the right article first clearly more often than any weighted sum of the turns' own vectors, because
"how much?" means nothing by itself. What the helpdesk shows beside the talk (order cards) is added with
less weight. Words count the more, the later they were said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from copilot.conversation import Conversation, Turn
from copilot.language import fold
from copilot.signals.material import material
from copilot.signals.smalltalk import is_small_talk
from knowledge.model import SearchQuery, WeightedText

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]

# Customer turns that are embedded; what was said before them is left out of the question.
LAST_TURNS = 30
# Of one text: beyond it the last words, where the request is, count for less and less of the vector.
REQUEST_CHARACTERS = 400
SYSTEM_CHARACTERS = 300
# Of a longer turn only so many characters count, half of them from its end.
LONGEST_TURN = 4000
# Measured on the development conversations, see docs/benchmarks.md.
SYSTEM_WEIGHT = 0.6
SYSTEM_WORDS_WEIGHT = 0.3
WORDS_DECAY = 0.7
# Silence after which a customer who comes back starts anew.
NEW_TOPIC_AFTER = timedelta(hours=8)
# A new topic says this much by itself; "那多久到账" still needs what came before the thanks.
TOPIC_CHARACTERS = 12

_CARD_MARKS = re.compile(r"[\[\]【】｜|]+")


@dataclass(frozen=True, slots=True, eq=False)
class TurnVectors:
    """The customer's recent turns with unit vectors in which dangers stand apart, a row a turn."""

    turns: tuple[Turn, ...]
    matrix: Vectors


@dataclass(frozen=True, slots=True, eq=False)
class RequestVectors:
    """What is open now as unit vectors: `request` all of it, `asked` the customer's words alone.

    `wanted` (all of it) and `latest` (what he said last) lie near the rules that answer.
    """

    request: Vectors
    asked: Vectors
    wanted: Vectors
    latest: Vectors


def turn_vectors(conversation: Conversation, embed: Embed, last: int = LAST_TURNS) -> TurnVectors:
    """Return the vectors of the last customer turns; `embed` gives those of turns, in one call."""
    turns = _spoken(conversation.customer_turns)[-last:]
    return TurnVectors(turns, embed([turn.text for turn in turns]))


def request_vectors(conversation: Conversation, queries: Embed, requests: Embed) -> RequestVectors | None:
    """Return the vectors of the open request; None where the customer has said nothing.

    `queries` and `requests` are what an embedder has by these names; one call of each.
    """
    said = _spoken(conversation.customer_turns)
    if not said:
        return None
    system = system_text(conversation)
    shown = [system] if system else []
    open_request = request_text(conversation)
    asked, *beside = queries([open_request, *shown])
    latest, wanted, *others = requests([said[-1].text, open_request, *shown])
    return RequestVectors(_mixed(asked, beside), asked, _mixed(wanted, others), latest)


def build_query(conversation: Conversation, vectors: RequestVectors | None) -> SearchQuery | None:
    """Return the conversation's question; None where the customer has said nothing, or nobody read it."""
    if vectors is None:
        return None
    topic = open_topic(conversation)
    said = [turn for turn in topic if turn.role == "customer"][-LAST_TURNS:]
    words = [WeightedText(_clip(turn.text), WORDS_DECAY**age) for age, turn in enumerate(reversed(said))]
    system = system_text(conversation)
    shown = [WeightedText(system, SYSTEM_WORDS_WEIGHT)] if system else []
    return SearchQuery(
        vector=vectors.request,
        wanted=vectors.wanted,
        parts=(*shown, *reversed(words)),
        talk=tuple(_clip(turn.text) for turn in topic[-2 * LAST_TURNS :]),
        latest=vectors.latest,
    )


def request_text(conversation: Conversation) -> str:
    """Return the customer's words on the open topic, the latest of them where they are many."""
    said = [turn.text.strip() for turn in open_topic(conversation) if turn.role == "customer"]
    wanted: list[str] = []
    for text in reversed(said):
        if sum(map(len, wanted)) > REQUEST_CHARACTERS:
            break  # of ten thousand turns only the last ones are read
        if not is_small_talk(text):
            wanted.append(text)
    return _latest(wanted[::-1] or said, REQUEST_CHARACTERS)


def system_text(conversation: Conversation) -> str:
    """Return what the helpdesk showed on the open topic (order cards, labels), without its marks."""
    shown = [
        " ".join(_CARD_MARKS.sub(" ", turn.text).split())
        for turn in open_topic(conversation)
        if turn.role == "system"
    ]
    return _latest(shown, SYSTEM_CHARACTERS)


def open_topic(conversation: Conversation) -> tuple[Turn, ...]:
    """Return the turns of the open topic: what came before a goodbye or a long silence is resolved.

    Where the customer has said too little since then to stand alone, the earlier topic stays in.
    """
    turns = _spoken(conversation.turns)
    start = 0
    for index in range(1, len(turns)):
        if _starts_anew(turns, index) and _stands_alone(turns[index:]):
            start = index
    return turns[start:]


def _starts_anew(turns: Sequence[Turn], index: int) -> bool:
    turn, before = turns[index], turns[index - 1]
    if turn.role != "customer":
        return False
    if turn.at is not None and before.at is not None and turn.at - before.at >= NEW_TOPIC_AFTER:
        return True
    last_said = next((earlier for earlier in reversed(turns[:index]) if earlier.role == "customer"), None)
    return last_said is not None and _is_goodbye(last_said.text)


def _stands_alone(turns: Sequence[Turn]) -> bool:
    said = "".join(turn.text for turn in turns if turn.role == "customer" and not is_small_talk(turn.text))
    return len(said.strip()) >= TOPIC_CHARACTERS


def _is_goodbye(text: str) -> bool:
    closing = material("smalltalk").pattern("words", "closing").search(fold(text))
    return closing is not None and is_small_talk(text)


def _spoken(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    return tuple(turn for turn in turns if turn.text.strip())


def _clip(text: str) -> str:
    """Return the beginning and the end of a text that is too long to be a question."""
    half = LONGEST_TURN // 2
    return text if len(text) <= LONGEST_TURN else f"{text[:half]} {text[-half:]}"


def _latest(texts: Sequence[str], characters: int) -> str:
    """Join the last texts that fit; the very last one is always there, clipped."""
    texts = [_clip(text) for text in texts]
    kept: list[str] = []
    for text in reversed(texts):
        if kept and sum(map(len, kept)) + len(text) > characters:
            break
        kept.append(text)
    return " ".join(reversed(kept))


def _mixed(asked: Vectors, shown: Sequence[Vectors]) -> Vectors:
    """Return the unit vector of the request with what the helpdesk showed, if anything."""
    mixed = asked + sum(SYSTEM_WEIGHT * vector for vector in shown)
    norm = float(np.linalg.norm(mixed))
    return np.asarray(mixed / norm if norm else mixed, np.float32)
