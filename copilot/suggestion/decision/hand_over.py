"""To whom the rules hand a case: contacts named beside an act of handing over, on conditions that hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files
from math import inf

import yaml

from copilot.authority import contacts_named
from copilot.language import fold
from copilot.quantities import Dimension, find_bounds
from copilot.suggestion.case.evidence import rarity
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.choice.rule_choice import Rule

# How much of the clause before 「提交…」 the conversation must say for the hand-over to be this case's.
_CASE_SAID = 0.12
_CONSIDERED = 6
_HAND_OVER = re.compile(
    r"提交(?!后|成功|时|过)|转交|交由|交给|移交|上报|报给|转给|送交|逐级|升级|审核|审批|批准|"
    r"由.{1,12}(?:定|办|审|处理|追回|答复|回复|联系|核|决定|裁定|谈|下单|登记)|回电|答复|回复|回拨|"
    r"(?:线|组|岗|室|部|处|科|队|专员|主管|经理|督导|店长|站长|值班)(?:直接|统一)?(?:办|审|批|核|判|定|谈|做|改|补|开)|"
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
    r"超过(上表|表里|以上|上面|规定|该|此|这个)?.{0,4}(时间|时限|时效|期限|天数|最后一天)|超过(上表|表里|上面|以上)|"
    r"超过[^,，。;；:：]{1,12}(没|未|还|仍)|超时|逾期|到期(仍|还)?(没|未)|仍未|还没到|"
    r"later than (that|th[ei]s?|the table|these)|still not|overdue|longer than|after the last day|"
    r"(not|n't) (arrived?|come|received) (by|after|within)"
)
_PERIODS = {"workdays", "days"}
# Beyond this a rule's distance from the best one says nothing more.
_FAR_BEHIND = -3.0


@dataclass(frozen=True, slots=True)
class MentionSigns:
    """What speaks for a clause being about this case. Shares are 0..1 by rarity; flags are 0 or 1.

    `behind`: the rule's score less the best one's, at least -3. `met`, `broken`: conditions on quantities.
    `said`, `open_said`: how much of the clause the case (the open request) says, `overlap`: how much of the
    case it takes up. `conditional`: words stand before the name; `condition_said`: how much of them the case
    says. `late`, `not_late`: a rule for what is late applies, or does not. `hands`: an act of handing over.
    `agent_may`, `agent_cannot`: who else acts. `tier`: a tier is named. `ranked`: with a priority.
    `exact`: a contact's whole name is said, not a word of it that others may bear (「药房」).
    `best_refuses`: the best rule says no.
    """

    behind: float
    first: float
    row: float
    met: float
    broken: float
    said: float
    open_said: float
    overlap: float
    conditional: float
    condition_said: float
    denied: float
    dense: float
    late: float
    not_late: float
    hands: float
    agent_may: float
    agent_cannot: float
    tier: float
    ranked: float
    length: float
    exact: float
    best_refuses: float


MENTION_NAMES = tuple(field.name for field in fields(MentionSigns))


@dataclass(frozen=True, slots=True)
class Mention:
    """A clause that names contacts or tiers above the agent.

    `beyond_limit`: it says what happens above a limit, so the amount decides whether it is about the case.
    """

    keys: tuple[str, ...]
    clause: str
    signs: MentionSigns
    beyond_limit: bool


@lru_cache(maxsize=1)
def _words() -> Mapping[str, re.Pattern[str]]:
    text = files("copilot.suggestion.decision").joinpath("deciding_words.yaml").read_text(encoding="utf-8")
    return {key: re.compile("|".join(patterns)) for key, patterns in yaml.safe_load(text).items()}


def says(key: str, text: str) -> bool:
    """Whether `text` says one of the patterns at `key` of deciding_words.yaml."""
    return _words()[key].search(fold(text)) is not None


_ANSWERS = re.compile(r"答复|答覆|回复|回覆|结果|回电|评估|答|answer|reply|result|decision")


def answer_period(chosen: Sequence[Rule], ask: str, case: Frame) -> int | None:
    """Return in how many working days the rules say that `ask` answers, None where they do not."""
    matrix, settings = case.knowledge.authority, case.knowledge.settings
    for rule in chosen[:_CONSIDERED]:
        told = told_of(rule) if rule.passage.kind != "row" else "，".join(rule.passage.cells[1:])
        for sentence in re.split(r"[。\n]|\.\s", told):
            periods = [b for b in find_bounds(sentence) if b.dimension == "workdays" and b.high < inf]
            answers = len(periods) == 1 and _ANSWERS.search(fold(sentence))
            if answers and ask in contacts_named(sentence, settings, matrix.tiers):
                return int(periods[0].high) if rule.fit.value >= 0 else None
    return None


def speaks_beyond_limit(text: str) -> bool:
    """Whether `text` says what happens above an agent's limit."""
    return _BEYOND_LIMIT.search(fold(text)) is not None


def mentions(chosen: Sequence[Rule], case: Frame) -> tuple[Mention, ...]:
    """Return every clause of the chosen rules that names somebody above this agent, in their order."""
    clauses = [
        _Clause(text, sentence, rule, chosen[0])
        for rule in chosen
        for sentence in _sentences(rule)
        for text in re.split(r"[;；]", sentence)
    ]
    return tuple(mention for clause in clauses if (mention := _mention(clause, case)) is not None)


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause with the sentence and the rule it stands in, and the case's best rule."""

    text: str
    sentence: str
    rule: Rule
    best: Rule


def _mention(clause: _Clause, case: Frame) -> Mention | None:
    named = contacts_named(clause.text, case.knowledge.settings, case.knowledge.authority.tiers)
    keys = tuple(key for key in named if _is_above(key, case))
    if not keys:
        return None
    return Mention(keys, clause.text, _signs(clause, keys, case), speaks_beyond_limit(clause.text))


def _is_above(key: str, case: Frame) -> bool:
    """Whether a tier is above the agent's own; a contact of the client always is."""
    tiers, own = case.knowledge.authority.tiers, case.conversation.agent.tier
    return key not in tiers or own not in tiers or tiers.index(key) > tiers.index(own)


def _signs(clause: _Clause, keys: Sequence[str], case: Frame) -> MentionSigns:
    rare, rule, told = rarity(case.knowledge), clause.rule, fold(clause.text)
    bare, before = _without_names(clause.text, keys, case), _condition(clause, case)
    late = overdue(clause.sentence, rule, case)
    return MentionSigns(
        behind=max(rule.score - clause.best.score, _FAR_BEHIND),
        first=float(rule is clause.best),
        row=float(rule.passage.kind == "row"),
        met=min(rule.fit.met, 1.5),
        broken=min(rule.fit.broken, 1.5),
        said=case.evidence.share(bare, rare),
        open_said=case.evidence.open_share(bare, rare),
        overlap=min(case.evidence.overlap(bare, rare) / 20, 1.5),
        conditional=float(bool(before)),
        condition_said=case.evidence.share(before, rare) if before else 0.0,
        denied=float(bool(before) and denied(before, case)),
        dense=rule.features.dense,
        late=float(late is True),
        not_late=float(late is False),
        hands=float(_HAND_OVER.search(told) is not None),
        agent_may=float(says("agent_may", told)),
        agent_cannot=float(says("agent_cannot", clause.sentence)),
        tier=float(keys[0] in case.knowledge.authority.tiers),
        ranked=float(says("ranked", told_of(rule))),
        length=min(len(clause.text) / 60, 2.0),
        exact=float(_is_exact(told, keys, case)),
        best_refuses=clause.best.features.refuses,
    )


def _is_exact(told: str, keys: Sequence[str], case: Frame) -> bool:
    contacts = case.knowledge.settings.contacts
    return any(key not in contacts or fold(contacts[key].name) in told for key in keys)


def _without_names(clause: str, keys: Sequence[str], case: Frame) -> str:
    contacts = case.knowledge.settings.contacts
    for key in keys:
        if key in contacts:
            clause = clause.replace(contacts[key].name, " ")
    return clause


def _condition(clause: _Clause, case: Frame) -> str:
    """What stands before the words that name somebody; of a row its first cell."""
    passage = clause.rule.passage
    if passage.kind == "row":
        return passage.cells[0].strip() if passage.cells else ""
    parts = re.split(r"[,，:：]", clause.text)
    settings, tiers = case.knowledge.settings, case.knowledge.authority.tiers
    naming = next((i for i, part in enumerate(parts) if contacts_named(part, settings, tiers)), 0)
    return "，".join(parts[:naming]).strip()


def _sentences(rule: Rule) -> list[str]:
    """The sentences of a rule; a row is one."""
    if rule.passage.kind == "row":
        return [told_of(rule)]
    return [s for s in re.split(r"[。\n]|\.\s", rule.passage.text) if s.strip()]


def told_of(rule: Rule) -> str:
    """Return a rule's words, of a row each cell after its header."""
    passage = rule.passage
    if passage.kind != "row":
        return passage.text
    return "，".join(f"{h}：{c}" for h, c in zip(passage.header, passage.cells, strict=False))


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
    """Whether a rule for what is late applies: True or False, None where it is not about lateness.

    The period is the sentence's own (「超过 5 个工作日没到」), else that of the rows that the case says.
    """
    if not _LATE.search(fold(sentence)):
        return None
    elapsed = [q for q in case.evidence.quantities if q.derived and q.dimension in _PERIODS]
    periods = _own_periods(sentence) or _periods_said(rule, case)
    return any(q.value > p.most for p in periods for q in elapsed if q.dimension == p.dimension)


@dataclass(frozen=True, slots=True)
class _Period:
    """Up to how many days or working days nothing is late."""

    dimension: Dimension
    most: float


def _own_periods(sentence: str) -> list[_Period]:
    bounds = find_bounds(sentence)
    return [
        _Period(b.dimension, b.low) for b in bounds if b.dimension in _PERIODS and 0 < b.low < b.high == inf
    ]


def _periods_said(rule: Rule, case: Frame) -> list[_Period]:
    """The periods of the rows of the rule's article that the case says."""
    rare = rarity(case.knowledge)
    rows = [p for p in case.knowledge.passages.values() if p.article_id == rule.article.id and p.cells]
    said = [p for p in rows if case.evidence.share(p.cells[0], rare) >= _CASE_SAID]
    bounds = [b for p in said for b in find_bounds(" ".join(p.cells[1:]))]
    return [_Period(b.dimension, b.high) for b in bounds if b.dimension in _PERIODS]
