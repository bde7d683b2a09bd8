"""Questions of the customer that no later turn of the agent answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from copilot.answer import Check
from copilot.conversation import Conversation, Turn
from copilot.language import fold
from copilot.signals.material import Sifted, material
from copilot.signals.numerals import CHINESE_NUMBER
from copilot.signals.stock_phrase import context_of, label_reply
from copilot.signals.text import MAX_CHARACTERS, Span, sentences
from copilot.signals.times import find_times

# In the order in which they are read: "什么时候能退" asks when, although it could be read as whether.
_KINDS = ("when", "how_much", "who", "where", "why", "how", "whether")
_AMOUNT = re.compile(rf"\d|(?:{CHINESE_NUMBER})(?:元|块|折|成)|全额|全部|一半|免费|不收|不扣|free|full")
# Where a customer who writes without marks parts his sentences.
_GAP = re.compile(r"(?<=[\u4e00-\u9fff])[ \u3000]+(?=[\u4e00-\u9fff])")
# A question further back than this was dropped by the customer, or asked again since.
_REMEMBERED = 60


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
    recent = conversation.turns[-_REMEMBERED:]
    replies = [turn for turn in recent if turn.role == "agent"]
    return tuple(
        question
        for turn in recent
        if turn.role == "customer"
        for question in questions_in(turn)
        if not any(_answers(question, reply, conversation) for reply in replies if reply.index > turn.index)
    )


def _is_stock(turn: Turn, conversation: Conversation) -> bool:
    return label_reply(turn.text, context_of(conversation, turn.index)).label == "stock"


@lru_cache(maxsize=2048)
def questions_in(turn: Turn) -> tuple[OpenQuestion, ...]:
    """Return the real questions of a customer's turn (scolding and phatic ones left out)."""
    return tuple(_questions(turn))


def _questions(turn: Turn) -> Iterator[OpenQuestion]:
    text = turn.text[:MAX_CHARACTERS]
    sifted = material("unanswered").sifted(fold(text))
    for sentence in _pieces(text) if sifted.may("conditions", "question") else ():
        folded = sentence.folded + sentence.ending.replace("？", "?").strip()
        if _is_question(folded, sifted):
            yield OpenQuestion(turn.index, sentence.text, _kind(folded, sifted))


def _is_question(folded: str, sifted: Sifted) -> bool:
    if len(folded.strip("?？ ")) < 3:
        return False
    asks = sifted.has(folded, "conditions", "question")
    return asks and not sifted.has(folded, "conditions", "rhetorical")


def _pieces(text: str) -> Iterator[Span]:
    """Sentences, and where a customer writes without marks, the words between the spaces."""
    for sentence in sentences(text):
        start = sentence.start
        for gap in _GAP.finditer(sentence.text):
            yield Span(text, start, sentence.start + gap.start())
            start = sentence.start + gap.end()
        yield Span(text, start, sentence.end)


def _kind(folded: str, sifted: Sifted) -> str:
    return next((kind for kind in _KINDS if sifted.has(folded, "asks", kind)), "whether")


def _answers(question: OpenQuestion, reply: Turn, conversation: Conversation) -> bool:
    """Whether a reply has what the question asks for; a stock reply answers nothing."""
    text = reply.text[:MAX_CHARACTERS]
    if question.asks == "when":
        times = find_times(text, reply.at or conversation.now, "UTC")
        says = any(time.due is not None for time in times)
    else:
        says = _says(question.asks, question.quote, text)
    return says and not _is_stock(reply, conversation)


@lru_cache(maxsize=2048)  # every later turn holds the earlier questions against the earlier replies again
def _says(asks: str, quote: str, text: str) -> bool:
    """Whether `text` has what a question (no question of time) asks for."""
    folded = fold(text)
    if asks == "how_much":
        return _AMOUNT.search(folded) is not None
    if _is_only_question(text):
        return False
    return material("unanswered").sifted(folded).has(folded, "answers", asks) or _shares_words(quote, folded)


def _is_only_question(text: str) -> bool:
    pieces = sentences(text)
    return bool(pieces) and all(piece.ending in {"?", "？"} for piece in pieces)


def _shares_words(quote: str, folded: str) -> bool:
    """Whether the reply speaks of what was asked: three bigrams of the question recur in it."""
    words = fold(quote)
    pairs = {words[i : i + 2] for i in range(len(words) - 1) if words[i : i + 2].isalnum()}
    return sum(pair in folded for pair in pairs) >= 3


@lru_cache(maxsize=2048)
def _check(question: OpenQuestion) -> Check:
    return Check(
        kind="unanswered_question",
        where="turn",
        turn_index=question.turn_index,
        quote=question.quote,
        message=material("unanswered").data["messages"]["unanswered"].format(quote=question.quote),
    )
