"""Greetings, thanks, misdials and closing talk: when nothing needs an answer, nothing is said."""

from __future__ import annotations

import re

from copilot.conversation import Conversation, Turn
from copilot.language import fold
from copilot.signals.material import material
from copilot.signals.text import MAX_CHARACTERS
from copilot.signals.unanswered import open_questions

_BETWEEN = re.compile(r"[\s,，。.!！~～、;；:：…·^_()（）\-—'\"“”]+")


def needs_no_answer(conversation: Conversation) -> bool:
    """Whether the open request is only small talk and nothing earlier is still open."""
    request = conversation.open_request
    if not request or not all(is_small_talk(turn.text) for turn in request):
        return False
    if all(is_small_talk(turn.text) for turn in conversation.customer_turns):
        return True
    said = " ".join(turn.text for turn in request)
    if not _contains("closing", said):
        return _is_settled(conversation)
    return not _still_open(conversation, request)


def is_small_talk(text: str) -> bool:
    """Whether nothing but greetings, thanks, assent, misdials and leave-taking stands in `text`."""
    if len(text) > MAX_CHARACTERS:
        return False
    folded = fold(text).strip()
    if not folded:
        return True
    if material("smalltalk").pattern("words", "wants").search(_without("small", folded)):
        return False
    rest = _BETWEEN.sub("", _without("small", folded))
    return len(rest) <= max(1, len(folded) // 6) or _takes_leave(folded, rest)


# A leave-taking says little; a longer text with thanks in it says something else, too.
_LEAVE_CHARACTERS, _LEAVE_WORDS = 26, 12


def _takes_leave(folded: str, rest: str) -> bool:
    """Whether a short text thanks or says good-bye in its own words, about nothing that could be wanted.

    `rest`: what of it no list knows.
    """
    short = len(folded.split()) <= _LEAVE_WORDS if folded.isascii() else len(rest) <= _LEAVE_CHARACTERS
    if not short or re.search(r"\d", folded):
        return False
    if _contains("settled", folded):
        return True
    leaves = _contains("leave", folded) or (_contains("misdial", folded) and _contains("taken_back", folded))
    return leaves and not _contains("topics", folded)


def _without(group: str, folded: str) -> str:
    return material("smalltalk").pattern("words", group).sub(" ", folded)


def _contains(group: str, text: str) -> bool:
    return material("smalltalk").pattern("words", group).search(fold(text)) is not None


def _still_open(conversation: Conversation, request: tuple[Turn, ...]) -> bool:
    """Thanks close a matter, unless a question of the customer was never answered."""
    if _contains_resolution(request):
        return False
    return bool(open_questions(conversation))


def _contains_resolution(request: tuple[Turn, ...]) -> bool:
    said = fold(" ".join(turn.text for turn in request))
    return (
        re.search(
            "找到|解决|弄好|搞定|点错|按错|发错|打错|手滑|误触|never mind|sorted|resolved|fixed|没事", said
        )
        is not None
    )


def _is_settled(conversation: Conversation) -> bool:
    """A bare 行吧 or 哦 settles nothing while a question is open."""
    return not open_questions(conversation)
