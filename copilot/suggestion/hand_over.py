"""To whom the rules hand a case: contacts named beside an act of handing over, on conditions that hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import inf

from copilot.authority import contacts_named
from copilot.language import fold
from copilot.quantities import find_bounds
from copilot.suggestion import wording
from copilot.suggestion.evidence import rarity
from copilot.suggestion.frame import Frame
from copilot.suggestion.rule_choice import Rule, condition_in

# How much of the clause before 「提交…」 the conversation must say for the hand-over to be this case's.
_CASE_SAID = 0.12
_CONSIDERED = 6
_HAND_OVER = re.compile(
    r"提交(?!后|成功|时|过)|转交|交由|交给|移交|上报|报给|转给|送交|逐级|升级|审核|审批|批准|"
    r"由.{1,12}(?:定|办|审|处理|追回|答复|回复|联系|核|决定|裁定|谈|下单|登记)|回电|答复|回复|回拨|"
    r"(?:附|凭|带|把)[^,，。;；]{1,12}(?:报|交|送|转)(?!货|款|账|钱|费|给您|回)|"
    r"(?:^|[,，;；。:： ])(?:同时)?(?:按?p\d)?先?(?:报|交|送|转|通知)(?!货|款|账|帐|钱|费|餐|到|达|给您|回)|"
    r"submit|escalate|hand (?:it )?over|goes to|refer|pass (?:it )?to|forward|report|call(?:s)? back|"
    r"notif|p[0-3] to"
)
_BEYOND_LIMIT = re.compile(
    r"超(过|出|权)[^,，。;；]{0,8}(额度|权限|范围|上限)|权限(外|以上)|超出的|超过送|"
    r"above .{0,20}limit|limit|authority"
)
_LATE = re.compile(
    r"超过(上表|表里|以上|规定|该|此)?.{0,4}(时间|时限|时效|期限|天数|最后一天)|超时|逾期|到期(仍|还)?(没|未)|仍未|还没到|"
    r"still not|overdue|longer than|after the last day"
)
# A row with a priority of its own hands its case to the contact that it names.
_PRIORITY_CELL = re.compile(r"\s*p[0-2]\s*", re.IGNORECASE)


def handed_over(chosen: Sequence[Rule], case: Frame) -> tuple[str, ...]:
    """Return the contacts (or tiers) to whom the chosen rules hand this case, best rule first."""
    rules = [r for r in chosen[:_CONSIDERED] if r.fit.value >= 0 and not wording.is_internal(r.passage)]
    keys = [key for rule in rules for key in _handing(rule, case)]
    return tuple(dict.fromkeys(key for key in keys if key != case.conversation.agent.tier))


_ANSWERS = re.compile(r"答复|答覆|回复|回覆|结果|回电|评估|答|answer|reply|result|decision")


def answer_period(chosen: Sequence[Rule], ask: str, case: Frame) -> int | None:
    """Return in how many working days the rules say that `ask` answers, None where they do not."""
    matrix, settings = case.knowledge.authority, case.knowledge.settings
    for rule in chosen[:_CONSIDERED]:
        told = _told(rule) if rule.passage.kind != "row" else "，".join(rule.passage.cells[1:])
        for sentence in re.split(r"[。\n]|\.\s", told):
            periods = [b for b in find_bounds(sentence) if b.dimension == "workdays" and b.high < inf]
            answers = len(periods) == 1 and _ANSWERS.search(fold(sentence))
            if answers and ask in contacts_named(sentence, settings, matrix.tiers):
                return int(periods[0].high) if rule.fit.value >= 0 and ask in _handing(rule, case) else None
    return None


def speaks_beyond_limit(text: str) -> bool:
    """Whether `text` says what happens above an agent's limit."""
    return _BEYOND_LIMIT.search(fold(text)) is not None


def _handing(rule: Rule, case: Frame) -> list[str]:
    """The contacts that one rule hands the case to: named, acting, not on a condition nobody mentioned."""
    found: list[str] = []
    for sentence in re.split(r"[。\n]|\.\s", _told(rule)):
        if rule.passage.kind != "row" and overdue(sentence, rule, case) is False:
            continue
        for clause in re.split(r"[;；]", sentence):
            if _hands(clause, rule) and (rule.passage.kind == "row" or _applies(clause, case)):
                found += contacts_named(clause, case.knowledge.settings, case.knowledge.authority.tiers)
    return found


def _told(rule: Rule) -> str:
    passage = rule.passage
    if passage.kind != "row":
        return passage.text
    return "，".join(f"{h}：{c}" for h, c in zip(passage.header, passage.cells, strict=False))


def _hands(sentence: str, rule: Rule) -> bool:
    if _BEYOND_LIMIT.search(fold(sentence)):
        return False
    ranked = any(_PRIORITY_CELL.fullmatch(cell) for cell in rule.passage.cells)
    return ranked or _HAND_OVER.search(fold(sentence)) is not None


def _applies(clause: str, case: Frame) -> bool:
    condition = condition_in(clause)
    if not condition or _LATE.search(fold(clause)):
        return True
    return case.evidence.share(condition, rarity(case.knowledge)) >= _CASE_SAID and not denied(
        condition, case
    )


_DONE = re.compile(r"已经?(.{1,3})(?:的|了|给|过)|已经?(.)")


def denied(condition: str, case: Frame) -> bool:
    """Whether the customer says that what the condition takes as done is not done (「还没转」)."""
    done = _DONE.search(fold(condition))
    verb = (done[1] or done[2] or "") if done else ""
    return (
        bool(verb)
        and re.search(rf"(?:还没有?|没有?|未){re.escape(verb[0])}", fold(case.evidence.text)) is not None
    )


def overdue(sentence: str, rule: Rule, case: Frame) -> bool | None:
    """Whether a rule for what is late applies: True or False, None where it is not about lateness."""
    if not _LATE.search(fold(sentence)):
        return None
    rare = rarity(case.knowledge)
    rows = [p for p in case.knowledge.passages.values() if p.article_id == rule.article.id and p.cells]
    said = [p for p in rows if case.evidence.share(p.cells[0], rare) >= _CASE_SAID]
    bounds = [b for p in said for b in find_bounds(" ".join(p.cells[1:]))]
    periods = [b for b in bounds if b.dimension in {"workdays", "days"}]
    elapsed = [q for q in case.evidence.quantities if q.derived and q.dimension in {"workdays", "days"}]
    pairs = [(b, q) for b in periods for q in elapsed if b.dimension == q.dimension]
    return any(q.value > b.high for b, q in pairs)
