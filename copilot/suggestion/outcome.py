"""What the chosen rules make this agent do: verdicts, whom to ask, whom to tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from copilot.answer import ActionVerdict, SuggestionAuthority
from copilot.authority import RecognisedAction, decide, duty_contact, recognise
from copilot.language import fold
from copilot.suggestion import wording
from copilot.suggestion.amounts import Money
from copilot.suggestion.frame import Frame
from copilot.suggestion.hand_over import answer_period, handed_over, speaks_beyond_limit
from copilot.suggestion.rule_choice import Rule
from knowledge.model import Article

_ACTION_STRENGTH = 0.56


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the chosen rules make this agent do: verdicts, whom to ask, and the money in question."""

    actions: tuple[ActionVerdict, ...]
    authority: SuggestionAuthority
    ask: str | None
    inform: tuple[str, ...]
    answer_days: int | None


def outcome_of(chosen: Sequence[Rule], money: Money, case: Frame, article: Article) -> Outcome:
    """Return the verdicts on what the rules prescribe, and whom they hand the case to."""
    actions = _actions(chosen, money, case, article)
    handed = handed_over(chosen, case)
    blocked = [a for a in actions if a.verdict != "allowed"]
    ask = next((a.escalate_to for a in blocked if a.escalate_to), None) or (handed[0] if handed else None)
    if ask is None and case.alerted:
        ask = duty_contact(case.knowledge.settings)
    if ask is not None or case.alerted:
        authority: SuggestionAuthority = "needs_escalation"
    else:
        authority = "within" if actions else "not_applicable"
    days = answer_period(chosen, ask, case) if ask is not None else None
    inform = tuple(key for key in handed if key != ask)
    return Outcome(actions, authority, ask, inform, days)


def _actions(
    chosen: Sequence[Rule], money: Money, case: Frame, article: Article
) -> tuple[ActionVerdict, ...]:
    """Verdicts of what the best rules prescribe; only the first fitting money action carries the amount."""
    matrix, tier = case.knowledge.authority, case.conversation.agent.tier
    found: dict[str, ActionVerdict] = {}
    priced = False
    for action in _prescribed(chosen, case, article):
        carries = action.money and not priced and not (money.workings and _is_gift(action.action))
        priced = priced or carries
        found.setdefault(
            action.action, decide(matrix, tier, action.action, money.amount if carries else None)
        )
    return tuple(found.values())[:3]


def _is_gift(action: str) -> bool:
    """A coupon has a face value; it is never the sum that was worked out."""
    return any(word in action for word in ("coupon", "voucher", "points"))


def _prescribed(chosen: Sequence[Rule], case: Frame, article: Article) -> list[RecognisedAction]:
    actions: list[RecognisedAction] = []
    if not chosen or _refuses(chosen[0].passage.text):
        return actions
    for rule in [*chosen[:4], *(r for r in chosen[4:] if speaks_beyond_limit(r.passage.text))]:
        if rule.fit.value < 0 or wording.is_internal(rule.passage) or _refuses(rule.passage.text):
            continue
        text = (
            wording.sentence(rule.passage, rule.columns, "zh-Hans", {})
            if rule.passage.kind == "row"
            else rule.passage.text
        )
        best = recognise(text, case.knowledge.authority, article.title)[:1]
        actions += [a for a in best if a.strength >= _ACTION_STRENGTH]
    automatic = any(_AUTOMATIC.search(fold(rule.passage.text)) for rule in chosen)
    return [a for a in actions if not (automatic and _is_gift(a.action) and "reissue" not in a.action)]


# What the system grants by itself is no act of the agent's.
_AUTOMATIC = re.compile(
    r"(?:系统|自动)[^,，。;；]{0,6}(?:自动)?(?:发|到账|入账)|credited automatically|automatic credit"
)


_REFUSES = re.compile(
    r"不能|不可|不退|不赔|不补|不予|不受理|不支持|无法|不属于|不算|不承担|不再|不得|"
    r"cannot|can't|not (?:be )?(?:refund|cover|eligib|possible)|no refund"
)


def _refuses(text: str) -> bool:
    return _REFUSES.search(fold(text)) is not None
