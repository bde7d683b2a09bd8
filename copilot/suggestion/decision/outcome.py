"""What the chosen rules make this agent do: verdicts, whom to ask, whom to tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from copilot.answer import ActionVerdict, SuggestionAuthority
from copilot.authority import (
    Counted,
    RecognisedAction,
    counts_in,
    decide,
    duty_contact,
    general_contact,
    is_outside_limit,
    is_settled,
    limits,
    may_be_about,
    noted,
    recognise,
    telling,
    unit_of,
)
from copilot.language import fold
from copilot.quantities import find_bounds
from copilot.suggestion.case.evidence import grams
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.choice.rule_choice import Rule
from copilot.suggestion.decision.deciding import Reading, likelihood, mention_likelihood, over_share, signs_of
from copilot.suggestion.decision.hand_over import Mention, answer_period, mentions, speaks_beyond_limit
from copilot.suggestion.reply import wording
from copilot.suggestion.sums.amounts import Money, claimed, face_value, price_of_thing
from copilot.suggestion.sums.calculation import Calculation
from copilot.suggestion.sums.each import given_to_each
from copilot.suggestion.sums.worked import said_by
from knowledge.model import Article

_ACTION_STRENGTH = 0.56
# Rules that are read for actions, and what one far below the best counts for.
_READ = 5
_FAR, _FAR_COUNTS = 1.0, 0.7
# An action said less clearly than this has no voice in whom its matrix names.
_HEARD = 0.3
# What an amount above a limit counts for beside a clause that names somebody: worked out, or claimed.
_LIMIT_COUNTS, _CLAIM_COUNTS = 0.6, 0.3
# … and an action whose own limit was held against what is to be given.
_SETTLED_COUNTS = 0.55
# From here on somebody else decides. On conversations whose rows were read 0.47 and 0.5 are right alike; on
# clients that nobody knew, whose rules name people in words of their own, 0.47 misses fewer (11, 13 of 22).
NEEDED = 0.47
# How likely a named contact must be to be told beside the one who is asked.
_TOLD = 0.5


@dataclass(frozen=True, slots=True)
class Pointer:
    """Somebody who may have to decide, and how much speaks for that (0..1)."""

    key: str
    weight: float


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
    reading = read(chosen, money, case, article)
    actions = reading.actions
    if not _is_needed(reading, case):
        mine = () if leaves_to_others(chosen) else tuple(a for a in actions if a.verdict == "allowed")
        return Outcome(mine, "within" if mine else "not_applicable", None, (), None)
    ask = whom_to_ask(reading, case, actions)
    # A sum above the limit is shown whoever else must act: the agent submits both.
    shown = tuple(a for a in actions if a.verdict == "allowed" or a.escalate_to == ask or _is_sum_above(a))
    told = [key for m in reading.named if _is_told(m) for key in m.keys if key != ask]
    days = answer_period(chosen, ask, case)
    return Outcome(shown, "needs_escalation", ask, tuple(dict.fromkeys(told)), days)


def read(chosen: Sequence[Rule], money: Money, case: Frame, article: Article) -> Reading:
    """Return what the rules say about who acts."""
    said, named = said_actions(chosen, case, article), mentions(chosen, case)
    return Reading(tuple(chosen), said, named, money, _actions(chosen, money, case, article))


def _is_needed(reading: Reading, case: Frame) -> bool:
    """An alert and a sum above the limit always need somebody else; the rest is likely or not.

    Urgent means that somebody with authority must act: that is not weighed, though an alert may be mistaken.
    """
    above = any(
        a.verdict != "allowed" and (a.amount is not None or a.limit is not None) for a in reading.actions
    )
    known = reading.money.amount is not None or bool(reading.money.workings)
    others = known and _OTHERS.search(fold(f"{reading.money.told}\n{reading.money.besides}")) is not None
    return case.alerted or above or others or likelihood(signs_of(reading, case)) >= NEEDED


def is_divisible(action: ActionVerdict) -> bool:
    """Return whether a sum above the limit may be given in part: money, not a thing of that price."""
    words = set(action.action.lower().split("_"))
    above = _is_sum_above(action) and action.amount is not None
    return above and bool(words & _IN_PARTS) and "no" not in words


_IN_PARTS = {"refund", "compensation", "compensate", "credit", "coupon", "voucher", "goodwill", "points"}


def _is_sum_above(action: ActionVerdict) -> bool:
    return action.verdict == "needs_approval" and (action.amount is not None or action.limit is not None)


_OTHERS = re.compile(
    r"(?:坐席|客服|一线)(?:只能|仅能|只可|只负责)?(?:提交|转交|上报)|只能(?:提交|转交|上报)|"
    r"由[^,，。;；]{2,12}(?:审批|核定|核准|批准|审核|审)|"
    r"(?:agents?|you) (?:can |may )?only (?:submit|escalate|pass)|"
    r"(?:is|are|must be|needs? to be) (?:approved|decided|granted) by"
)


def leaves_to_others(chosen: Sequence[Rule]) -> bool:
    """Return whether one of the best rules itself says that somebody else approves what is asked for."""
    return any(_OTHERS.search(fold(rule.passage.text)) for rule in chosen[:_PRESCRIBING])


def _is_told(mention: Mention) -> bool:
    return not mention.beyond_limit and mention_likelihood(mention.signs) >= _TOLD


def said_actions(chosen: Sequence[Rule], case: Frame, article: Article) -> tuple[RecognisedAction, ...]:
    """Return the actions that the best rules say, strongest first; words of every article tell nothing."""
    matrix, tells = case.knowledge.authority, telling(case.knowledge)
    found: dict[str, RecognisedAction] = {}
    for rule in chosen[:_READ]:
        if wording.is_internal(rule.passage):
            continue
        near = 1.0 if rule.score > chosen[0].score - _FAR else _FAR_COUNTS
        told = rule.passage.text
        for action in (*recognise(told, matrix, article.title), *noted(told, matrix, article.id)):
            strength = action.strength * near * tells.get(action.action, 1.0)
            if strength > 0 and (action.action not in found or strength > found[action.action].strength):
                found[action.action] = replace(action, strength=strength)
    return tuple(sorted(found.values(), key=lambda action: -action.strength))


def whom_to_ask(reading: Reading, case: Frame, actions: Sequence[ActionVerdict] = ()) -> str:
    """Return who decides: of everything that points at somebody the likeliest, else the next tier up.

    `actions`: verdicts; one above its limit names who may grant it.
    """
    above = [Pointer(a.escalate_to, _SETTLED_COUNTS) for a in actions if a.escalate_to and _is_sum_above(a)]
    pointers = [*_named(reading.named), *_blocked(reading.said, case), *_above_limit(reading, case), *above]
    best = max(pointers, key=lambda pointer: pointer.weight, default=None)
    if best is not None:
        return best.key
    return (duty_contact(case.knowledge.settings) if case.alerted else None) or _next_tier(case)


def _named(named: Sequence[Mention]) -> list[Pointer]:
    """The clauses that name somebody, each as likely as it is about this case."""
    return [Pointer(m.keys[0], mention_likelihood(m.signs)) for m in named if not m.beyond_limit]


def _blocked(said: Sequence[RecognisedAction], case: Frame) -> list[Pointer]:
    """Whom the matrix names for actions that this tier may not do at all."""
    matrix, tier = case.knowledge.authority, case.conversation.agent.tier
    verdicts = [(decide(matrix, tier, action.action), action.strength) for action in said]
    return [
        Pointer(verdict.escalate_to, strength)
        for verdict, strength in verdicts
        if verdict.verdict != "allowed" and verdict.escalate_to
    ]


def _above_limit(reading: Reading, case: Frame) -> list[Pointer]:
    """Whom the matrix names above the limits of the money actions, by the evidence for each.

    A sum that only the customer names is weaker than one that a rule works out.
    """
    worked_out = reading.money.amount is not None
    amount = reading.money.amount if worked_out else claimed(case)
    share = over_share(amount, reading.said, case)
    if amount is None or share <= 0:
        return []
    votes = _votes(reading.said, amount, case)
    told = next((m.keys[0] for m in reading.named if m.beyond_limit), None)
    key = max(votes, key=lambda key: votes[key]) if votes else told or _lowest(amount, case)
    return [Pointer(key, share * (_LIMIT_COUNTS if worked_out else _CLAIM_COUNTS))]


def _votes(said: Sequence[RecognisedAction], amount: float, case: Frame) -> Counter[str]:
    """For each who may grant `amount`, the strength of the actions that name them."""
    matrix, tier = case.knowledge.authority, case.conversation.agent.tier
    votes: Counter[str] = Counter()
    for action in said:
        verdict = decide(matrix, tier, action.action, amount)
        heard = action.money and action.strength >= _HEARD
        if heard and verdict.verdict == "needs_approval" and verdict.escalate_to:
            votes[verdict.escalate_to] += action.strength**2  # type: ignore[assignment]
    return votes


def _lowest(amount: float, case: Frame) -> str:
    """The next tier where any money action lets it grant `amount`, else whom the widest action names."""
    matrix, tier = case.knowledge.authority, case.conversation.agent.tier
    above = _next_tier(case)
    most = limits(matrix, tier)
    verdicts = {action: decide(matrix, tier, action, amount) for action in most}
    keys = {action: v.escalate_to for action, v in verdicts.items() if v.verdict == "needs_approval"}
    if above in matrix.tiers and above in keys.values():
        return above
    return next((key for action in sorted(keys, key=lambda a: -most[a]) if (key := keys[action])), above)


def _next_tier(case: Frame) -> str:
    """The tier above the agent's own, else whom the client wants to be asked."""
    tiers, tier = case.knowledge.authority.tiers, case.conversation.agent.tier
    above = tiers[tiers.index(tier) + 1 :] if tier in tiers else tiers[1:]
    return above[0] if above else general_contact(case.knowledge)


def _actions(
    chosen: Sequence[Rule], money: Money, case: Frame, article: Article
) -> tuple[ActionVerdict, ...]:
    """Verdicts of what the best rules prescribe; the first money action carries the amount in question.

    A coupon has a face value and one missing thing a price: those of their own rule.
    """
    matrix, tier = case.knowledge.authority, case.conversation.agent.tier
    language = case.knowledge.settings.language
    found: dict[str, ActionVerdict] = {}
    priced = False
    source = _source_of(money, case)
    for said in _prescribed(chosen, money, case, article):
        counts = unit_of(matrix, said.action.action) is not None
        gift = _is_gift(said.action.action)
        fits = said.action.money and not counts and may_be_about(said.action.action, matrix, source)
        # A fee that is not charged is no part of what one missing thing cost, and what was worked out counts.
        price = said.price if fits and not money.workings else None
        face = face_value(said.text) if gift else price
        # A coupon's worth is no sum that another action pays, nor the other way round.
        apart = gift if money.workings else not gift and face_value(money.told) is not None
        carries = fits and not priced and not apart and face is None
        priced = priced or carries
        amount = face if face is not None else money.amount if carries else None
        name = said.action.action
        what = _count_of(name, said.text, case) if counts else amount
        # A ceiling that nothing was held against is no permission: the sum has to be known first. What the
        # limit leaves out goes by itself.
        left_out = amount is not None and is_outside_limit(matrix, name, said.text)
        if is_settled(matrix, tier, name, what) and not left_out:
            found.setdefault(name, decide(matrix, tier, name, what, language=language))
    if not any(verdict.amount is not None for verdict in found.values()):
        paid = _paid_by(chosen, money, case, article)
        if paid is not None:
            found = {paid.action: paid, **found}
    return tuple(found.values())[:3]


def _paid_by(chosen: Sequence[Rule], money: Money, case: Frame, article: Article) -> ActionVerdict | None:
    """What a rule gives back where no rule says the action: no sum above the limit goes unseen."""
    rule = next((r for r in chosen if money.told in {r.passage.text, said_by(r)}), None)
    if money.amount is None or rule is None or rule.fit.value < 0 or rule.unmet:
        return None
    matrix, tier, passage = case.knowledge.authority, case.conversation.agent.tier, rule.passage
    gift = face_value(money.told) == money.amount
    if (gift and _is_automatic(chosen)) or not (gift or _gives_back(money)):
        return None
    about = " ".join((article.title, passage.lead_in, *passage.heading[-1:], *passage.header))
    known, source = limits(matrix, tier), _source_of(money, case)
    said = (a.action for a in recognise(money.told, matrix, about) if a.action in known)
    fitting = [a for a in said if _is_given_as(a) == gift and (gift or may_be_about(a, matrix, source))]
    verdicts = (
        decide(matrix, tier, action, money.amount, language=case.knowledge.settings.language)
        for action in fitting[:1]
    )
    # Above the limit only what was worked out counts: a sum that a rule merely names may be another's.
    return next(
        (v for v in verdicts if v.verdict == "allowed" or (money.workings and _is_sum_above(v))), None
    )


_GIVES_BACK = re.compile(r"退|返|赔|refund|\bback\b|compens|reimburs")
_GIVES_SUM = re.compile(r"(?:退|返|赔|补偿?)\s*\d|refund(?:ed|s)? (?:of )?\D{0,4}\d|\d\S* (?:back|refunded)")


def _gives_back(money: Money) -> bool:
    """Whether a rule's words give the sum back: what was worked out or is all of it, or the number itself."""
    told = fold(money.told)
    named = any(b.dimension == "money" and b.low == money.amount for b in find_bounds(told))
    return (_GIVES_SUM if named else _GIVES_BACK).search(told) is not None


def _is_given_as(action: str) -> bool:
    """Whether an action gives something to spend later."""
    return any(word in action for word in ("coupon", "voucher", "points", "credit"))


def _count_of(action: str, rule: str, case: Frame) -> Counted | None:
    """How many (days, times …) are asked for, else the one number of them that the rule gives."""
    unit = unit_of(case.knowledge.authority, action)
    if unit is None:
        return None
    asked = counts_in(case.evidence.open_text, unit)
    each = given_to_each(rule, case, unit)
    given = {each.total} if each is not None else set(counts_in(rule, unit))
    count = max(asked) if asked and each is None else given.pop() if len(given) == 1 else None
    return Counted(count) if count is not None else None


def _source_of(money: Money, case: Frame) -> str:
    """What the case calls the sum, or the numbers it came from; else the words of the rule that gave it."""
    ends = {money.amount, *(number for step in money.workings for number in _numbers_of(step))}
    labels = (q.label for q in case.evidence.quantities if q.dimension == "money" and q.value in ends)
    return " ".join(labels) or money.told


def _numbers_of(step: Calculation) -> tuple[float, ...]:
    """What came out of a calculation, and what went in (not its shares)."""
    went_in = re.findall(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.]|\s*%)", step.expression)
    return step.amount, *map(float, went_in)


def _is_gift(action: str) -> bool:
    """A coupon has a face value; it is never the sum that was worked out."""
    return any(word in action for word in ("coupon", "voucher", "points"))


@dataclass(frozen=True, slots=True)
class _Prescribed:
    """An action with the words that prescribe it, and the price of the one thing that they are about."""

    action: RecognisedAction
    text: str
    price: float | None


def _prescribed(chosen: Sequence[Rule], money: Money, case: Frame, article: Article) -> list[_Prescribed]:
    actions: list[_Prescribed] = []
    tells = telling(case.knowledge)
    for rule in _acting(chosen, money, case):
        text = _told(rule)
        if rule.fit.value < 0 or wording.is_internal(rule.passage) or refuses(text, case.evidence.shown):
            continue
        passage = rule.passage
        about = " ".join((article.title, passage.lead_in, *passage.heading[-1:], *passage.header))
        said = recognise(_ELSEWHERE.sub("", text), case.knowledge.authority, about)
        best = _best_of_each([action for action in said if tells.get(action.action, 1.0) > 0])
        price = price_of_thing(rule, case)
        actions += [_Prescribed(a, text, price) for a in best if a.strength >= _ACTION_STRENGTH]
    automatic = _is_automatic(chosen)
    return [
        p
        for p in actions
        if not (automatic and _is_gift(p.action.action) and "reissue" not in p.action.action)
    ]


def _best_of_each(said: Sequence[RecognisedAction]) -> list[RecognisedAction]:
    """The action that is said most clearly, and beside money the gift that comes on top of it."""
    if not said or not said[0].money or _is_gift(said[0].action):
        return list(said[:1])
    gifts = [action for action in said if action.money and _is_gift(action.action)]
    return [said[0], *gifts[:1]]


def _acting(chosen: Sequence[Rule], money: Money, case: Frame) -> list[Rule]:
    """The rules that are read for what is done; where the first says no, only one that worked out a sum."""
    if chosen and not refuses(_told(chosen[0]), case.evidence.shown):
        more = [rule for rule in chosen[_PRESCRIBING:] if _tells_more(rule, money, case)]
        return [*chosen[:_PRESCRIBING], *more]
    granted = money.workings and money.amount is not None
    return [rule for rule in chosen if granted and rule.passage.text == money.told]


def _told(rule: Rule) -> str:
    """The rule's words; of a row the cells that apply."""
    if rule.passage.kind == "row":
        return wording.sentence(rule.passage, rule.columns, "zh-Hans", {})
    return rule.passage.text


def _tells_more(rule: Rule, money: Money, case: Frame) -> bool:
    """Whether a rule behind the best ones gave the sum, pays a missing thing, or tells of a limit."""
    if money.amount is not None and money.told == rule.passage.text:
        return True
    return speaks_beyond_limit(rule.passage.text) or price_of_thing(rule, case) is not None


# Rules that are read for what this agent does.
_PRESCRIBING = 4
# Where money does not go, and what goes on all the same, say nothing of what is done (「不用退到钱包」,
# 「停卡不影响退溢缴款」).
_ELSEWHERE = re.compile(
    r"不(?:用|必|能|会)?(?:退|转|存|充)(?:到|进|至|成)[^,，;；。]*|不(?:会)?影响[^,，;；。]*|"
    r"(?:(?:do|does|will) not|don't|doesn't|won't) affect [^,;.]*"
)

# What the system grants by itself is no act of the agent's.
_AUTOMATIC = re.compile(
    r"(?:系统|自动)[^,，。;；]{0,6}(?:自动)?(?:发|到账|入账)|自动到|credited automatically|automatic credit"
)


def _is_automatic(chosen: Sequence[Rule]) -> bool:
    return any(_AUTOMATIC.search(fold(rule.passage.text)) for rule in chosen)


_REFUSES = re.compile(
    r"不能|不可|不退|不赔|不补|不予|不受理|不支持|无法|不属于|不算|不承担|不再|不得|"
    r"cannot|can't|not (?:be )?(?:refund|cover|eligib|possible|paid|given)|never paid|no refund"
)
_GRANTS = re.compile(
    r"全额|全退|照退|退(?:款|还|回|漏|该|这)|赔付|免收|减免|换新|[发补送]\s*\d|refunded|free of charge"
)
_CLAUSE = re.compile(r"[,，;；。.\n]")


# 「没选现杀的全额退」 beside 「选了现杀的不算」 is for whoever did not choose it.
_EXCEPTED = re.compile(r"^(?:没有?|未|不是|非)(.{2,8}?)的")


def refuses(text: str, shown: frozenset[str] = frozenset()) -> bool:
    """Whether `text` says no and nothing else: a clause that grants may stand beside one that does not.

    What is granted only where something is not so does not count where the records (`shown`) say that it is.
    """
    clauses = [clause.strip() for clause in _CLAUSE.split(fold(text))]
    denied = [clause for clause in clauses if _REFUSES.search(clause)]
    granted = [clause for clause in clauses if clause not in denied and _GRANTS.search(clause)]
    return bool(denied) and not any(_is_open(clause, denied, shown) for clause in granted)


def _is_open(clause: str, denied: Sequence[str], shown: frozenset[str]) -> bool:
    excepted = _EXCEPTED.search(clause)
    words = grams(excepted[1]) if excepted else frozenset[str]()
    return not (words & shown and any(words & grams(other) for other in denied))
