"""What happened, in a model's words: each sentence must stand in the conversation, or the draft stays.

Priority, addressee, requests, promises and all fields are the draft's own; only the story line changes.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from copilot.answer import Escalation, ModelUse
from copilot.conversation import Conversation, Turn
from copilot.escalation.summary import MAX_CHARACTERS
from copilot.escalation.words import say
from copilot.language import fold, in_script, quotable
from copilot.models.chat import Cancellation, ChatRequest, Message, ModelError
from copilot.models.speaker import Speaker
from copilot.models.uses import use_of
from copilot.privacy.masking import mask
from copilot.suggestion.case.evidence import own_words
from copilot.suggestion.case.hostile import gives_orders
from copilot.suggestion.choice.coverage import clauses_of, cover
from copilot.suggestion.model.material import fence_of
from copilot.suggestion.model.parsing import Said, SentenceReader
from copilot.suggestion.model.sentence_checks import is_negated, pattern
from copilot.suggestion.sums.figures import figures_of
from knowledge.model import ClientKnowledge
from prompts import load

_MAX_TOKENS = 400
_TURN_CHARACTERS = 400
_MAX_TURNS = 30
_MIN_ROOM = 60
# Share of a sentence's telling words that the turns must say; the rest connects.
_TOLD = 0.7
_LONGEST_UNKNOWN = 3
# Share of the draft's own story that a new one must tell.
_CONVEYED = 0.5
_ROLES = {"zh": ("顾客", "坐席", "系统"), "en": ("customer", "agent", "system")}
_SCRIPTS = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", "en": "English"}
# A story tells who said what; these words connect and state nothing.
_TELLING = (
    "顾客 客户 乘客 用户 坐席 客服 系统 显示 记录 表示 反映 要求 希望 询问 回复 告知 提出 "
    "说 称 认为 已经 但是 因此 随后 之后 目前 至今 仍 未 订单 要 被 后 "
    "customer agent system said says asked asks wants wanted reported told replied shows record "
    "according after then still now order"
)  # fmt: skip
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "story": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "cites": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["text", "cites"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["story"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class WordedEscalation:
    """The escalation as it is shown, what the call took, and what stood in the way."""

    escalation: Escalation
    uses: tuple[ModelUse, ...]
    degraded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    """The turns that count as told, and the line of the draft that may change."""

    turns: tuple[Turn, ...]
    language: str
    line: str
    room: int

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(turn.text for turn in self.turns)


def word_escalation(
    draft: Escalation,
    conversation: Conversation,
    knowledge: ClientKnowledge,
    speaker: Speaker,
    cancel: Cancellation | None = None,
) -> WordedEscalation:
    """Return the draft with its story in the model's verified words; as it is where none hold."""
    told = _told(draft, conversation, knowledge.settings.language)
    if told is None or told.room < _MIN_ROOM:
        return WordedEscalation(draft, (), ())
    request, restore = _request(told, knowledge)
    talk = speaker.ask(request, cancel)
    reader, said = SentenceReader(), list[Said]()
    try:
        for piece in talk:
            said += reader.feed(piece)
        said += reader.finish()
    except ModelError as error:
        return WordedEscalation(draft, (use_of(request, talk.usage),), (f"escalation:{error.fault}",))
    if not said:
        return WordedEscalation(draft, (use_of(request, talk.usage),), ("escalation:malformed",))
    texts = [in_script(restore.restore(s.text).strip(), told.language) for s in said]
    reasons = Counter(reason for text in texts if (reason := _why_not(text, told)) is not None)
    kept = _fitting([text for text in texts if _why_not(text, told) is None], told)
    use = use_of(request, talk.usage, reasons)
    cuts = tuple(f"escalation:cut:{reason}" for reason in sorted(reasons))
    if not _conveys(kept, draft):
        return WordedEscalation(draft, (use,), (*cuts, "escalation:not_conveyed"))
    return WordedEscalation(_with_story(draft, kept, told), (use,), cuts)


def _told(draft: Escalation, conversation: Conversation, language: str) -> _Told | None:
    """None where the draft has no story line."""
    label = re.split(r"\s*[（(]", say(language, "story", when=""))[0]
    colon = say(language, "colon")
    line = next((x for x in draft.text.split("\n") if x.startswith(f"- {label}") and colon in x), None)
    turns = tuple(
        replace(turn, text=words[:_TURN_CHARACTERS])
        for turn in conversation.turns
        if (words := own_words(turn).strip()) and not gives_orders(words)
    )
    if line is None or not turns:
        return None
    limit = MAX_CHARACTERS.get(language, 1200)
    room = limit - len(quotable(draft.text)) + len(quotable(line.split(colon, 1)[1]))
    return _Told(turns[-_MAX_TURNS:], language, line, room)


def _request(told: _Told, knowledge: ClientKnowledge) -> tuple[ChatRequest, Any]:
    key = "en" if told.language == "en" else "zh"
    roles = dict(zip(("customer", "agent", "system"), _ROLES[key], strict=True))
    masked = mask(told.texts)
    lines = "\n".join(
        f"T{turn.index} {roles[turn.role]}：{' '.join(text.split())}"
        for turn, text in zip(told.turns, masked.texts, strict=True)
    )
    settings = knowledge.settings
    rendered = load(f"escalation.{key}").render(
        {
            "company": settings.name,
            "script": _SCRIPTS.get(told.language, "English"),
            "fence": fence_of(lines),
            "turns": lines,
            "facts": "-",
            "room": str(told.room),
        }
    )
    messages = (Message("system", rendered.system), Message("user", rendered.user))
    request = ChatRequest("escalation", settings.id, rendered.label, messages, _MAX_TOKENS, SCHEMA)
    return request, masked


def _why_not(text: str, told: _Told) -> str | None:
    """Why a sentence of the story may not stand, None when it may."""
    folded = fold(text)
    if pattern("markup").search(folded) or gives_orders(text) or "[" in text:
        return "markup"
    if figures_of(text).unsupported_by(figures_of("\n".join(told.texts))):
        return "number"
    said = fold("\n".join(told.texts))
    words = [m.group() for name in ("benefit", "pledge") for m in pattern(name).finditer(folded)]
    if any(word not in said for word in words):
        return "benefit"
    if any(_denies_unsaid(clause, told) for clause in clauses_of(text)):
        return "polarity"
    found = cover(text, (*told.texts, _TELLING))
    if found.share < _TOLD or found.longest_unknown > _LONGEST_UNKNOWN or not cover(text, told.texts).share:
        return "evidence"
    return None


def _denies_unsaid(clause: str, told: _Told) -> bool:
    alike = [c for text in told.texts for c in clauses_of(text) if cover(clause, (c,)).share >= 0.5]
    return bool(alike) and all(is_negated(c) != is_negated(clause) for c in alike)


def _fitting(texts: list[str], told: _Told) -> list[str]:
    kept: list[str] = []
    room = told.room
    for text in texts:
        if (cost := len(quotable(text)) + 1) <= room:
            kept.append(text)
            room -= cost
    return kept


def _conveys(kept: list[str], draft: Escalation) -> bool:
    """Whether the new story says the figures of the draft's own; a shorter story may not lose facts."""
    theirs = figures_of(draft.fields.what_happened).numbers
    ours = figures_of("\n".join(kept)).numbers
    told = cover(draft.fields.what_happened, kept).share if kept else 0.0
    return told >= _CONVEYED and len(theirs & ours) >= 0.8 * len(theirs)


def _with_story(draft: Escalation, kept: list[str], told: _Told) -> Escalation:
    colon = say(told.language, "colon")
    joint = " " if told.language == "en" else ""
    story = joint.join(kept)
    line = told.line.split(colon, 1)[0] + colon + story
    fields = draft.fields.model_copy(update={"what_happened": story})
    return draft.model_copy(update={"text": draft.text.replace(told.line, line, 1), "fields": fields})
