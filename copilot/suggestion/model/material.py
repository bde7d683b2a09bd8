"""What a model is given of a case: evidence with ids, turns by their worth, everything masked and fenced."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from copilot.answer import Fact, Suggestion
from copilot.conversation import Conversation, Turn
from copilot.language import quotable
from copilot.models.tokens import count
from copilot.privacy.masking import Masked, mask
from copilot.signals.smalltalk import needs_no_answer
from copilot.suggestion.case.evidence import own_words
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.case.hostile import gives_orders, is_no_rule
from copilot.suggestion.choice.coverage import cover
from copilot.suggestion.sums.figures import figures_of
from knowledge.model import ArticleHit, Passage

_MAX_PASSAGES = 4
# Share of a passage's telling words from which the composition says it.
_SAID = 0.8
_MAX_FACTS = 12
_TURN_CHARACTERS = 400
_CHINESE_END = re.compile(r"[^。！？!?\n]+[。！？!?]*")
# The case in its own numbers, before the first rule.
_LEAD = re.compile(r"[^。！？!?\n]{0,20}?[（(][^（()）\n]*[)）][：:]\s*")
_ENGLISH_END = re.compile(r"(?<=[.!?。！？])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence: `D` conclusions of the composition, `P` passages of articles, `T` turns."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Material:
    """Everything of one case that a model may see, before masking."""

    conclusions: tuple[Piece, ...]
    passages: tuple[Piece, ...]
    facts: tuple[Fact, ...]
    turns: tuple[Turn, ...]
    wish: str

    def piece(self, id_: str) -> Piece | None:
        """Return the conclusion or passage with this id."""
        return next((p for p in (*self.conclusions, *self.passages) if p.id == id_), None)


@dataclass(frozen=True, slots=True)
class Shown:
    """The same as text for a prompt, masked; `masked` puts back what its names stand for."""

    conclusions: str
    passages: str
    facts: str
    turns: str
    wish: str
    fence: str
    masked: Masked


@dataclass(frozen=True, slots=True)
class Room:
    """Tokens that may be spent on what varies; what is worth least goes first."""

    passages: int = 900
    turns: int = 900

    def less(self) -> Room:
        """Return half of it."""
        return Room(self.passages // 2, self.turns // 2)

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be spent any more."""
        return not (self.passages or self.turns)


def sentences_of(text: str, language: str) -> tuple[str, ...]:
    """Return the sentences of a reply, each with its end mark."""
    lead = _LEAD.match(text)
    rest = text[lead.end() :] if lead else text
    parts = _ENGLISH_END.split(rest) if language == "en" else _CHINESE_END.findall(rest)
    return tuple(part.strip() for part in (lead[0] if lead else "", *parts) if part.strip())


def is_lead(text: str) -> bool:
    """Whether a sentence only names the case: it may repeat what the customer claims, and grants nothing."""
    return text.endswith(("：", ":"))


def gather_material(
    suggestion: Suggestion, hits: Sequence[ArticleHit], case: Frame, wish: str | None, room: Room
) -> Material:
    """Return the composition's sentences, passages by score, facts, and the turns that are worth it."""
    conclusions = sentences_of(suggestion.reply, case.language)
    return Material(
        conclusions=tuple(Piece(f"D{n}", text) for n, text in enumerate(conclusions, 1)),
        passages=_passages(suggestion, hits, case, room.passages),
        facts=_facts(case),
        turns=worthy_turns(case.conversation, case.facts, room.turns),
        wish=wish or "",
    )


def _passages(
    suggestion: Suggestion, hits: Sequence[ArticleHit], case: Frame, room: int
) -> tuple[Piece, ...]:
    """What the composition quotes, then the best passages of the same articles, as long as there is room."""
    cited = {c.article_id: c for c in suggestion.citations}
    quoted = [c.quote for c in suggestion.citations]
    found = [
        _words(hit.passage)
        for article in hits
        if article.article.id in cited
        for hit in sorted(article.passages, key=lambda h: -h.score)
    ]
    kept: list[Piece] = []
    for text in dict.fromkeys((*quoted, *found)):
        cost = count(text)
        if len(kept) == _MAX_PASSAGES or is_no_rule(text) or _is_said(text, suggestion):
            continue
        if cost <= room:
            kept.append(Piece(f"P{len(kept) + 1}", text))
            room -= cost
    return tuple(kept)


def _is_said(text: str, suggestion: Suggestion) -> bool:
    """Whether the composition says it already: tokens are not spent on it twice."""
    return cover(text, (suggestion.reply,)).share >= _SAID and (
        figures_of(text).numbers <= figures_of(suggestion.reply).numbers
    )


def _words(passage: Passage) -> str:
    return passage.text.strip().strip("|").strip()


def _facts(case: Frame) -> tuple[Fact, ...]:
    """What the customer gave, each value once; a quote that gives orders is no fact."""
    seen: dict[tuple[str, str], Fact] = {}
    for fact in case.facts:
        if not gives_orders(fact.quote) and fact.quote in own_words(case.conversation.turns[fact.turn_index]):
            seen[fact.slot, fact.value] = fact
    return tuple(seen.values())[-_MAX_FACTS:]


def worthy_turns(conversation: Conversation, facts: Sequence[Fact], room: int) -> tuple[Turn, ...]:
    """Return the turns that fit into `room` tokens: the open request and records first, greetings never."""
    open_turns = {turn.index for turn in conversation.open_request}
    telling = {fact.turn_index for fact in facts}
    last = max((turn.index for turn in conversation.turns), default=0)

    def worth(turn: Turn) -> float:
        value = 3.0 * (turn.index in open_turns) + 2.0 * (turn.role == "system")
        value += 1.0 * (turn.index in telling) + 0.5 * (turn.role == "customer")
        return value + turn.index / (last + 1)

    kept: set[int] = set()
    for turn in sorted(conversation.turns, key=worth, reverse=True):
        cost = count(turn.text[:_TURN_CHARACTERS])
        if turn.index not in open_turns and _is_small_talk(turn, conversation):
            continue
        if cost <= room:
            kept.add(turn.index)
            room -= cost
    return tuple(turn for turn in conversation.turns if turn.index in kept)


def _is_small_talk(turn: Turn, conversation: Conversation) -> bool:
    alone = Conversation(conversation.client_id, conversation.agent, (turn,), conversation.now)
    return turn.role == "customer" and needs_no_answer(alone)


_ROLES = {
    "zh": {"customer": "顾客", "agent": "坐席", "system": "系统"},
    "en": {"customer": "customer", "agent": "agent", "system": "system"},
}


def show(material: Material, language: str) -> Shown:
    """Return the material as a prompt's values: masked under one numbering, behind a fence of its own."""
    roles = _ROLES["en" if language == "en" else "zh"]
    texts = [
        *(piece.text for piece in material.conclusions),
        *(piece.text for piece in material.passages),
        *(f"{fact.slot}: {fact.value}" for fact in material.facts),
        *(turn.text[:_TURN_CHARACTERS] for turn in material.turns),
        material.wish[:200],
    ]
    masked = mask(texts)
    rest = iter(_unfenced(text) for text in masked.texts)
    conclusions = _lines(f"{p.id} {next(rest)}" for p in material.conclusions)
    passages = _lines(f"{p.id} {next(rest)}" for p in material.passages)
    facts = _lines(next(rest) for _ in material.facts)
    turns = _lines(f"T{t.index} {roles[t.role]}：{next(rest)}" for t in material.turns)
    wish = next(rest)
    return Shown(
        conclusions, passages, facts, turns, wish or "-", fence_of(conclusions, passages, turns), masked
    )


def _lines(parts: Iterable[str]) -> str:
    return "\n".join(parts) or "-"


def _unfenced(text: str) -> str:
    """One line, without what could close the fence."""
    return re.sub(r"\s*\n\s*", " / ", text.replace("<<<", "‹").replace(">>>", "›"))


def fence_of(*contents: str) -> str:
    """Return a mark that nobody who wrote the contents could know: it is their hash."""
    return "DATA-" + hashlib.sha256("\n".join(contents).encode("utf-8", "surrogatepass")).hexdigest()[:10]


def length(text: str) -> int:
    """Return the characters of `text` as the contract counts them."""
    return len(quotable(text))
