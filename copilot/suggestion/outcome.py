"""What the chosen rules make this agent do: verdicts, whom to ask, whom to tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from copilot.answer import ActionVerdict, SuggestionAuthority
from copilot.authority import RecognisedAction, contacts_named, decide, recognise
from copilot.language import fold
from copilot.quantities import find_bounds
from copilot.suggestion import wording
from copilot.suggestion.amounts import Money
from copilot.suggestion.evidence import rarity
from copilot.suggestion.frame import Frame
from copilot.suggestion.rule_choice import Rule, condition_of
from knowledge.model import Article

_ACTION_STRENGTH = 0.5
# How much of the clause before 「提交…」 the conversation must say for the hand-over to be this case's.
_CASE_SAID = 0.2
_HAND_OVER = re.compile(
    r"提交|转交|交由|交给|移交|上报|报给|转给|送交|逐级|升级|审核|审批|批准|"
    r"由.{1,12}(?:定|办|审|处理|追回|答复|回复|联系|核|决定|裁定|谈|下单|登记)|回电|答复|回复|回拨|"
    r"(?:^|[,，;；。:： ])(?:同时)?(?:p\d)?(?:报|交|送|转|通知)(?!货|款|账|帐|钱|费|餐|到|达|给您|回)|"
    r"submit|escalate|hand (?:it )?over|goes to|refer|pass (?:it )?to|forward|report|call(?:s)? back|notif|p[0-3] to"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the chosen rules make this agent do: verdicts, whom to ask, and the money in question."""

    actions: tuple[ActionVerdict, ...]
    authority: SuggestionAuthority
    ask: str | None
    inform: tuple[str, ...]
    amount: float | None


def outcome_of(chosen: Sequence[Rule], money: Money, case: Frame, article: Article) -> Outcome:
    """Return the verdicts on what the rules prescribe, and whom they hand the case to."""
    actions = _actions(chosen, money, case, article)
    handed = _handed_over(chosen, case)
    blocked = [a for a in actions if a.verdict != "allowed"]
    ask = next((a.escalate_to for a in blocked if a.escalate_to), None) or (handed[0] if handed else None)
    if ask is not None:
        authority: SuggestionAuthority = "needs_escalation"
    else:
        authority = "within" if actions else "not_applicable"
    inform = tuple(key for key in handed if key != ask)
    return Outcome(actions, authority, ask, inform, money.amount)


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
        found.setdefault(action.action, decide(matrix, tier, action.action, money.amount if carries else None))
    return tuple(found.values())[:3]


def _is_gift(action: str) -> bool:
    """A coupon has a face value; it is never the sum that was worked out."""
    return any(word in action for word in ("coupon", "voucher", "points"))


def _prescribed(chosen: Sequence[Rule], case: Frame, article: Article) -> list[RecognisedAction]:
    actions: list[RecognisedAction] = []
    if not chosen or _refuses(chosen[0].passage.text):
        return actions
    for rule in [*chosen[:4], *(r for r in chosen[4:] if _BEYOND_LIMIT.search(fold(r.passage.text)))]:
        if rule.fit.value < 0 or wording.is_internal(rule.passage) or _refuses(rule.passage.text):
            continue
        text = (
            wording.sentence(rule.passage, rule.columns, "zh-Hans", {})
            if rule.passage.kind == "row"
            else rule.passage.text
        )
        best = recognise(text, case.knowledge.authority, article.title)[:1]
        actions += [a for a in best if a.strength >= _ACTION_STRENGTH]
    return actions


_REFUSES = re.compile(
    r"不能|不可|不退|不赔|不补|不予|不受理|不支持|无法|不属于|不算|不承担|不再|不得|cannot|can't|not (?:be )?(?:refund|cover|eligib|possible)|no refund"
)


def _refuses(text: str) -> bool:
    return _REFUSES.search(fold(text)) is not None


def _handed_over(chosen: Sequence[Rule], case: Frame) -> tuple[str, ...]:
    """Contacts to whom the chosen rules hand this case, best rule first."""
    rules = [r for r in chosen[:6] if r.fit.value >= 0 and not wording.is_internal(r.passage)]
    keys = [key for rule in rules for key in _handing(rule, case)]
    return tuple(dict.fromkeys(key for key in keys if key != case.conversation.agent.tier))


_BEYOND_LIMIT = re.compile(
    r"超(过|出|权)[^,，。;；]{0,8}(额度|权限|范围|上限)|权限(外|以上)|超出的|超过送|above .{0,20}limit|limit|authority"
)
_LATE = re.compile(
    r"超过(上表|表里|以上|规定|该|此)?.{0,4}(时间|时限|时效|期限|天数|最后一天)|超时|逾期|到期(仍|还)?(没|未)|仍未|还没到|"
    r"still not|overdue|longer than|after the last day"
)


def _handing(rule: Rule, case: Frame) -> list[str]:
    """The contacts that one rule hands the case to: named, acting, and not on a condition nobody mentioned."""
    text = rule.passage.text
    if rule.passage.kind == "row":
        text = "，".join(f"{h}{c}" for h, c in zip(rule.passage.header, rule.passage.cells, strict=False))
    found: list[str] = []
    for sentence in re.split(r"[。\n]|\.\s", text):
        folded = fold(sentence)
        if _BEYOND_LIMIT.search(folded) or not _HAND_OVER.search(folded):
            continue
        if rule.passage.kind != "row" and not _applies(sentence, rule, case):
            continue
        found += contacts_named(sentence, case.knowledge.settings, case.knowledge.authority.tiers)
    return found


def _applies(sentence: str, rule: Rule, case: Frame) -> bool:
    late = _overdue_only(sentence, rule, case)
    if late is not None:
        return late
    condition = condition_of(replace(rule.passage, text=sentence, kind="paragraph"))
    return not condition or case.evidence.share(condition, rarity(case.knowledge)) >= _CASE_SAID


def _overdue_only(sentence: str, rule: Rule, case: Frame) -> bool | None:
    """Whether a hand-over for what is late applies: True or False, None where it is not about lateness."""
    if not _LATE.search(fold(sentence)):
        return None
    rare = rarity(case.knowledge)
    rows = [p for p in case.knowledge.passages.values() if p.article_id == rule.article.id and p.cells]
    said = [p for p in rows if case.evidence.share(p.cells[0], rare) >= _CASE_SAID]
    periods = [
        b for p in said for b in find_bounds(" ".join(p.cells[1:])) if b.dimension in {"workdays", "days"}
    ]
    elapsed = [q for q in case.evidence.quantities if q.derived and q.dimension in {"workdays", "days"}]
    pairs = [(b, q) for b in periods for q in elapsed if b.dimension == q.dimension]
    return any(q.value > b.high for b, q in pairs)
