"""Questions of the customer that no later turn of the agent answered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copilot.answer import Check
from copilot.conversation import Conversation, Turn
from copilot.language import fold
from copilot.signals.material import material
from copilot.signals.numerals import CHINESE_NUMBER
from copilot.signals.stock_phrase import label_reply
from copilot.signals.text import Span, sentences
from copilot.signals.times import find_times

# In the order in which they are read: "什么时候能退" asks when, although it could be read as whether.
_KINDS = ("when", "how_much", "who", "where", "why", "how", "whether")
_AMOUNT = re.compile(rf"\d|(?:{CHINESE_NUMBER})(?:元|块|折|成)|全额|全部|一半|免费|不收|不扣|free|full")


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A customer's question: its words, the turn, and what it asks for (`when`, `how_much` …)."""

    turn_index: int
    quote: str
    asks: str


def find_unanswered(conversation: Conversation) -> tuple[Check, ...]:
    """Return an `unanswered_question` check for each question that an agent turn followed in vain."""
    last_agent = max((turn.index for turn in conversation.turns if turn.role == "agent"), default=-1)
    return tuple(
        _check(question) for question in open_questions(conversation) if question.turn_index < last_agent
    )


def open_questions(conversation: Conversation) -> tuple[OpenQuestion, ...]:
    """Return the questions without an answer so far, oldest first, those not replied to included."""
    found: list[OpenQuestion] = []
    for turn in conversation.customer_turns:
        replies = _replies_after(conversation, turn)
        found += [q for q in questions_in(turn) if not _is_answered(q, replies, conversation)]
    return tuple(found)


def questions_in(turn: Turn) -> tuple[OpenQuestion, ...]:
    """Return the real questions of a customer's turn (scolding and phatic ones left out)."""
    return tuple(_questions(turn))


def _questions(turn: Turn) -> Iterator[OpenQuestion]:
    for sentence in _pieces(turn.text):
        folded = sentence.folded + sentence.ending.replace("？", "?").strip()
        if _is_question(folded):
            yield OpenQuestion(turn.index, sentence.text, _kind(folded))


def _is_question(folded: str) -> bool:
    if len(folded.strip("?？ ")) < 3:
        return False
    return _matches("conditions", "question", folded) and not _matches("conditions", "rhetorical", folded)


def _pieces(text: str) -> Iterator[Span]:
    """Sentences, and where a customer writes without marks, the words between the spaces."""
    for sentence in sentences(text):
        start = sentence.start
        for gap in re.finditer(r"(?<=[\u4e00-\u9fff])[ \u3000]+(?=[\u4e00-\u9fff])", sentence.text):
            yield Span(text, start, sentence.start + gap.start())
            start = sentence.start + gap.end()
        yield Span(text, start, sentence.end)


def _kind(folded: str) -> str:
    return next((kind for kind in _KINDS if _matches("asks", kind, folded)), "whether")


def _replies_after(conversation: Conversation, question: Turn) -> tuple[Turn, ...]:
    return tuple(t for t in conversation.turns[question.index + 1 :] if t.role == "agent")


def _is_answered(question: OpenQuestion, replies: Sequence[Turn], conversation: Conversation) -> bool:
    return any(_answers(question, reply, conversation) for reply in replies)


def _answers(question: OpenQuestion, reply: Turn, conversation: Conversation) -> bool:
    """Whether a reply has what the question asks for; a stock reply answers nothing."""
    context = conversation.turns[: reply.index]
    if label_reply(reply.text, context).label == "stock":
        return False
    folded = fold(reply.text)
    if question.asks == "when":
        return any(t.due is not None for t in find_times(reply.text, reply.at or conversation.now, "UTC"))
    if question.asks == "how_much":
        return _AMOUNT.search(folded) is not None
    if _is_only_question(reply):
        return False
    return _matches("answers", question.asks, folded) or _shares_words(question.quote, folded)


def _is_only_question(reply: Turn) -> bool:
    pieces = sentences(reply.text)
    return bool(pieces) and all(piece.ending in {"?", "？"} for piece in pieces)


def _shares_words(quote: str, folded: str) -> bool:
    """Whether the reply speaks of what was asked: three bigrams of the question recur in it."""
    words = fold(quote)
    pairs = {words[i : i + 2] for i in range(len(words) - 1) if words[i : i + 2].isalnum()}
    return sum(pair in folded for pair in pairs) >= 3


def _check(question: OpenQuestion) -> Check:
    return Check(
        kind="unanswered_question",
        where="turn",
        turn_index=question.turn_index,
        quote=question.quote,
        message=material("unanswered").data["messages"]["unanswered"].format(quote=question.quote),
    )


def _matches(section: str, key: str, folded: str) -> bool:
    return material("unanswered").pattern(section, key).search(folded) is not None
