"""Knowing what is not known: when no article answers, say so, collect what is needed, and name who knows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from copilot.answer import Abstention
from copilot.authority import contact_name
from copilot.escalation import default_contact
from copilot.language import fold, in_script
from copilot.suggestion.embedded import Frame
from copilot.suggestion.reply import wording
from knowledge.model import ArticleHit

# Below this calibrated confidence the best article is taken not to answer.
MIN_CONFIDENCE = 0.5
_SLOT_WORDS = {
    "order_id": ("订单号", "单号", "order"), "phone": ("电话", "手机", "phone"),
    "time": ("时间", "when", "time"),
    "place": ("地点", "地址", "place", "address"), "demand": ("希望", "诉求", "wish", "want"),
    "amount": ("金额", "amount"), "evidence": ("截图", "照片", "photo"),
}  # fmt: skip


def answers(hits: Sequence[ArticleHit]) -> bool:
    """Whether the best article is sure enough to speak."""
    return bool(hits) and hits[0].confidence >= MIN_CONFIDENCE


def abstain(case: Frame, hits: Sequence[ArticleHit]) -> Abstention:
    """Return what to say, what to collect that was not given, and whom to ask."""
    settings = case.knowledge.settings
    to = default_contact(case.knowledge)
    contact = settings.contacts.get(to)
    deadline = wording.deadline(contact, case.language)
    known = settings.unknown_topic
    same = settings.language.startswith("zh") == case.language.startswith("zh")
    say = _sentence(known.say, case) if known.say and same else wording.say(case.language, "unknown_say")
    if known.do and same:
        do = _will(known.do, case)
    elif deadline:
        do = wording.say(case.language, "unknown_do", contact=contact_name(to, settings), deadline=deadline)
    else:
        do = wording.say(case.language, "unknown_do_no_deadline", contact=contact_name(to, settings))
    reason = "no article in force answers this"
    if hits:
        reason += f" (nearest: {hits[0].article.id}, confidence {hits[0].confidence:.2f})"
    return Abstention(
        reason=reason,
        say=f"{say} {do}" if case.language == "en" else f"{say}{do}",
        collect=_collect(case),
        escalate_to=to,
    )


def _sentence(text: str, case: Frame) -> str:
    return in_script(text.strip(), case.language)


def _will(do: str, case: Frame) -> str:
    """What the client wants done, as the agent's word to the customer (without internal priorities)."""
    said = re.sub(r"(?:按|以|as|with)\s*P\d\s*(?:级|級|priority)?\s*", "", do).strip(" ，,。.")
    if case.language == "en":
        return f"I will {said[:1].lower()}{said[1:]}."
    return _sentence(f"我现在{said}。", case)


def _collect(case: Frame) -> tuple[str, ...]:
    """The client's list less what the customer has given already."""
    given = {fact.slot for fact in case.facts}
    wanted = case.knowledge.settings.unknown_topic.collect
    return tuple(item for item in wanted if not _is_given(item, given))


def _is_given(item: str, given: set[str]) -> bool:
    return any(
        slot in given and any(word in fold(item) for word in words) for slot, words in _SLOT_WORDS.items()
    )
