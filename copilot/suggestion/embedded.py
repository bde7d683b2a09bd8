"""The suggestion without a model: the article's own rules, chosen for this case, filled and addressed.

Every sentence of fact is a quotation (addressed to the customer instead of about him); what is added
is what was computed from the customer's own numbers, what this agent does now, and who decides the rest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from copilot.answer import ActionVerdict, Citation, Fact, Suggestion, SuggestionAuthority
from copilot.authority import RecognisedAction, action_label, contact_name, contacts_named, decide, recognise
from copilot.conversation import Conversation
from copilot.language import detect_language, fold, quotable
from copilot.suggestion import wording
from copilot.suggestion.calculation import Calculation, calculate, rated, share_of
from copilot.suggestion.evidence import Evidence, gather, grams, own_words, rarity
from copilot.quantities import Quantity, find_bounds, find_quantities
from copilot.suggestion.rule_choice import Rule, condition_of, rank_rules
from knowledge.model import Article, ArticleHit, ClientKnowledge, Passage

MAX_CHARACTERS = {"zh-Hans": 240, "zh-Hant": 240, "en": 450}
_STEP_SHARE = 0.1
_MAX_RULES = 8
_MAX_STEPS = 3
# A rule this much below the best one answers another question.
_SCORE_MARGIN = 2.5
# A listed case must fit almost as well as the best rule, or it is somebody else's case.
_CASE_MARGIN = 0.55
# How much of the clause before 「提交…」 the conversation must say for the hand-over to be this case's.
_CASE_SAID = 0.2
_ACTION_STRENGTH = 0.5
# A share of an amount is only computed where the rule's own condition is known to hold.
_CONDITION_MET = 0.3
_HAND_OVER = re.compile(
    r"提交|转交|交由|交给|移交|上报|报给|转给|送交|逐级|升级|审核|审批|批准|"
    r"由.{1,12}(?:定|办|审|处理|追回|答复|回复|联系|核|决定|裁定|谈|下单|登记)|回电|答复|回复|回拨|"
    r"(?:^|[,，;；。:： ])(?:同时)?(?:p\d)?(?:报|交|送|转|通知)(?!货|款|账|帐|钱|费|餐|到|达|给您|回)|"
    r"submit|escalate|hand (?:it )?over|goes to|refer|pass (?:it )?to|forward|report|call(?:s)? back|notif|p[0-3] to"
)
_OUTCOME = re.compile(
    r"退|补|補|赔|賠|免|不收|可以|不能|不予|换|換|送|券|购物金|購物金|全额|工作[日天]|小时|分钟|天内|自动|元|"
    r"refund|free|waive|replace|credit|within|cannot|can |not |fee|charge"
)


@dataclass(frozen=True, slots=True)
class Frame:
    """What every composition of one answer shares."""

    conversation: Conversation
    knowledge: ClientKnowledge
    evidence: Evidence
    facts: tuple[Fact, ...]
    language: str

    @property
    def tiers(self) -> dict[str, str]:
        """How tiers are called towards the customer."""
        return wording.tier_names(self.knowledge.settings, self.knowledge.authority.tiers)


def frame(conversation: Conversation, knowledge: ClientKnowledge, facts: Sequence[Fact]) -> Frame:
    """Return the shared frame; the language is the asked one, else the customer's."""
    said = "".join(turn.text for turn in conversation.customer_turns)
    return Frame(
        conversation=conversation,
        knowledge=knowledge,
        evidence=gather(conversation, facts),
        facts=tuple(facts),
        language=conversation.language or detect_language(said),
    )


def compose(hits: Sequence[ArticleHit], case: Frame) -> tuple[Suggestion, ...]:
    """Return one suggestion for each article that has something to say, in the order of `hits`."""
    suggestions = (_suggest(hit, hits, case) for hit in hits)
    return tuple(suggestion for suggestion in suggestions if suggestion is not None)


def _suggest(hit: ArticleHit, hits: Sequence[ArticleHit], case: Frame) -> Suggestion | None:
    rules = rules_of(hit, case)
    if not rules:
        return None
    chosen = _choose(rules)
    amount, calculation = _amount(chosen, case)
    outcome = _outcome(chosen, amount, case, hit.article)
    reply, used = _reply(chosen, calculation, outcome, case)
    steps = _steps(chosen, rules, used, outcome, case)
    return Suggestion(
        id=_identity(hit.article, reply),
        title=hit.article.title,
        reply=reply,
        steps=_within_length(reply, steps, case.language),
        citations=_citations(used, rules, steps),
        actions=outcome.actions,
        authority=outcome.authority,
        confidence=round(hit.confidence, 3),
    )


def _identity(article: Article, reply: str) -> str:
    return "s-" + hashlib.sha256(f"{article.id}@{article.version}:{reply}".encode()).hexdigest()[:12]


# --- choosing -----------------------------------------------------------------------------------


def rules_of(hit: ArticleHit, case: Frame) -> tuple[Rule, ...]:
    """Return the rules of the article that the conversation does not contradict, best first."""
    similarity = {h.passage.id: h.dense for h in hit.passages}
    passages = [p for p in case.knowledge.passages.values() if p.article_id == hit.article.id]
    units = [unit for p in sorted(passages, key=lambda p: p.position) for unit in _units(p)]
    ranked = rank_rules(hit.article, units, similarity, case.evidence, rarity(case.knowledge))
    return tuple(rule for rule in ranked if not _says_nothing(rule.passage))


_SENTENCE = re.compile(r"[^。！？!?\n；;]+[。！？!?；;]?|[^.\n]+\.(?=\s|$)")
_EXPLAINS_SCOPE = re.compile(r"^(适用|適用|本篇|本文|本条|applies to|this article|scope)")


def _units(passage: Passage) -> list[Passage]:
    """Sentences of a long passage, each an exact substring; rows stay whole."""
    if passage.kind == "row" or len(passage.text) <= 60:
        return [passage]
    pattern = r"[^.!?\n]+[.!?]?" if detect_language(passage.text) == "en" else r"[^。！？!?\n]+[。！？!?]?"
    parts = [m.group().strip() for m in re.finditer(pattern, passage.text)]
    whole = [part for part in parts if len(part) > 3]
    return [replace(passage, text=part) for part in whole] or [passage]


def _says_nothing(passage: Passage) -> bool:
    return bool(_EXPLAINS_SCOPE.match(fold(wording.plain(passage.text)))) or len(passage.text.strip()) < 5


def _choose(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The best rules, close to the best, each adding something new, none of the opposite answer."""
    best = rules[0]
    chosen: list[Rule] = []
    for rule in rules:
        if len(chosen) == _MAX_RULES + 3 or rule.score < best.score - _SCORE_MARGIN:
            break
        if any(_repeats(rule, other) for other in chosen) or _is_other_case(rule, best, chosen):
            continue
        chosen.append(rule)
    return tuple(chosen)


def _is_other_case(rule: Rule, best: Rule, chosen: Sequence[Rule]) -> bool:
    """One of several cases speaks only where it fits nearly as well as the best rule, and only one of them."""
    if not wording.is_case(rule.passage):
        return False
    heading = wording.case_heading(rule.passage)
    rivals = [r for r in chosen if wording.is_case(r.passage) and wording.case_heading(r.passage) == heading]
    return bool(rivals) or rule.score < best.score - _CASE_MARGIN


def _repeats(rule: Rule, other: Rule) -> bool:
    mine, theirs = grams(rule.passage.text), grams(other.passage.text)
    return bool(mine) and len(mine & theirs) / len(mine) > 0.8


# --- amounts ------------------------------------------------------------------------------------


_WHOLE = re.compile(r"全额|全部|全退|免单|整单|全免|该品项|该件|退该|in full|full refund|whole")


def _amount(chosen: Sequence[Rule], case: Frame) -> tuple[float | None, Calculation | None]:
    """The money in question: computed by a rule, granted by the fitting row, or all of what the customer named.

    None where no rule says how much: a verdict on a guessed sum would be worth nothing.
    """
    calculation = next((c for rule in chosen if (c := _calculated(rule, case)) is not None), None)
    if calculation is not None:
        return calculation.amount, calculation
    granted = next((a for rule in chosen[:3] if (a := _granted(rule)) is not None), None)
    if granted is not None:
        return granted, None
    whole = any(_WHOLE.search(fold(rule.passage.text)) and rule.fit.value >= 0 for rule in chosen[:3])
    return (_claimed(case) if whole else None), None


def _calculated(rule: Rule, case: Frame) -> Calculation | None:
    said = " ".join(_cells(rule)) if rule.passage.kind == "row" else rule.passage.text
    calculation = calculate(said, case.evidence.quantities) or rated(
        wording.plain(rule.passage.text), case.evidence.quantities
    )
    if calculation is not None:
        return calculation
    base = _claimed(case)
    if base is None or rule.fit.met < _CONDITION_MET or rule.fit.broken:
        return None
    return share_of(f"{' '.join(rule.passage.header)} {said}", base, case.evidence.quantities)


def _cells(rule: Rule) -> list[str]:
    return [rule.passage.cells[i] for i in rule.columns or range(1, len(rule.passage.cells))]


def _granted(rule: Rule) -> float | None:
    """The single amount of a fitting row (「2–3 日 | 120 元」)."""
    if rule.passage.kind != "row":
        return None
    amounts = {b.low for cell in _cells(rule)[:2] for b in find_bounds(cell) if b.dimension == "money" and b.exact}
    return amounts.pop() if len(amounts) == 1 else None


_WANTED = re.compile(r"退|赔|补|还我|给我|差的|多的|多收|要回|报销|refund|back|compensat|reimburs|owe")


def _claimed(case: Frame) -> float | None:
    """The amount in question: what the customer wants back, what the record shows about it, what he last named."""
    open_turns = {turn.index for turn in case.conversation.open_request}
    amounts = [q for q in case.evidence.quantities if q.dimension == "money" and not q.derived]

    def worth(quantity: Quantity) -> tuple[bool, bool, bool, int]:
        now = quantity.turn_index in open_turns
        wanted = now and _WANTED.search(quantity.label) is not None
        return wanted, _about_system(quantity, case), now, quantity.turn_index

    return max(amounts, key=worth).value if amounts else None


def _about_system(quantity: Quantity, case: Frame) -> bool:
    return case.conversation.turns[quantity.turn_index].role == "system" and bool(
        grams(quantity.label) & case.evidence.open_grams
    )


# --- what may be done ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the chosen rules make this agent do: verdicts, whom to ask, and the money in question."""

    actions: tuple[ActionVerdict, ...]
    authority: SuggestionAuthority
    ask: str | None
    inform: tuple[str, ...]
    amount: float | None


def _outcome(chosen: Sequence[Rule], amount: float | None, case: Frame, article: Article) -> Outcome:
    actions = _actions(chosen, amount, case, article)
    handed = _handed_over(chosen, case)
    blocked = [a for a in actions if a.verdict != "allowed"]
    ask = next((a.escalate_to for a in blocked if a.escalate_to), None) or (handed[0] if handed else None)
    if ask is not None:
        authority: SuggestionAuthority = "needs_escalation"
    else:
        authority = "within" if actions else "not_applicable"
    inform = tuple(key for key in handed if key != ask)
    return Outcome(actions, authority, ask, inform, amount)


def _actions(
    chosen: Sequence[Rule], amount: float | None, case: Frame, article: Article
) -> tuple[ActionVerdict, ...]:
    """Verdicts of what the best rules prescribe; only the first money action carries the amount in question."""
    matrix, tier = case.knowledge.authority, case.conversation.agent.tier
    found: dict[str, ActionVerdict] = {}
    priced = False
    for action in _prescribed(chosen, case, article):
        money = action.money and not priced
        priced = priced or action.money
        found.setdefault(action.action, decide(matrix, tier, action.action, amount if money else None))
    return tuple(found.values())[:3]


def _prescribed(chosen: Sequence[Rule], case: Frame, article: Article) -> list[RecognisedAction]:
    actions: list[RecognisedAction] = []
    if not chosen or _refuses(chosen[0].passage.text):
        return actions
    for rule in [*chosen[:4], *(r for r in chosen[4:] if _BEYOND_LIMIT.search(fold(r.passage.text)))]:
        if rule.fit.value < 0 or wording.is_internal(rule.passage) or _refuses(rule.passage.text):
            continue
        text = wording.sentence(rule.passage, rule.columns, "zh-Hans", {}) if rule.passage.kind == "row" else rule.passage.text
        best = recognise(text, case.knowledge.authority, article.title)[:1]
        actions += [a for a in best if a.strength >= _ACTION_STRENGTH]
    return actions


_REFUSES = re.compile(r"不能|不可|不退|不赔|不补|不予|不受理|不支持|无法|不属于|不算|不承担|不再|不得|cannot|can't|not (?:be )?(?:refund|cover|eligib|possible)|no refund")


def _refuses(text: str) -> bool:
    return _REFUSES.search(fold(text)) is not None


def _handed_over(chosen: Sequence[Rule], case: Frame) -> tuple[str, ...]:
    """Contacts to whom the chosen rules hand this case, best rule first."""
    rules = [r for r in chosen[:6] if r.fit.value >= 0 and not wording.is_internal(r.passage)]
    keys = [key for rule in rules for key in _handing(rule, case)]
    return tuple(dict.fromkeys(key for key in keys if key != case.conversation.agent.tier))


_BEYOND_LIMIT = re.compile(r"超(过|出|权)[^,，。;；]{0,8}(额度|权限|范围|上限)|权限(外|以上)|超出的|超过送|above .{0,20}limit|limit|authority")
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
    periods = [b for p in said for b in find_bounds(" ".join(p.cells[1:])) if b.dimension in {"workdays", "days"}]
    elapsed = [q for q in case.evidence.quantities if q.derived and q.dimension in {"workdays", "days"}]
    pairs = [(b, q) for b in periods for q in elapsed if b.dimension == q.dimension]
    return any(q.value > b.high for b, q in pairs)


# --- saying it ----------------------------------------------------------------------------------


def _reply(
    chosen: Sequence[Rule], calculation: Calculation | None, outcome: Outcome, case: Frame
) -> tuple[str, tuple[Rule, ...]]:
    """Return the reply and the rules it quotes, within the length that fits beside the steps."""
    room = int(MAX_CHARACTERS[case.language] * (1 - _STEP_SHARE))
    lead = _lead(chosen, calculation, case)
    close = _close(outcome, case)
    room -= len(quotable(lead)) + len(quotable(close))
    said: list[tuple[Rule, str]] = []
    for rule in chosen:
        text = wording.sentence(rule.passage, rule.columns, case.language, case.tiers)
        cost = len(quotable(text)) + 1
        if wording.is_internal(rule.passage) or cost > room or not text:
            continue
        if wording.is_agent_step(rule.passage.text) and not _OUTCOME.search(fold(text)):
            continue
        said.append((rule, text))
        room -= cost
        if len(said) == _MAX_RULES:
            break
    said.sort(key=lambda pair: pair[0].passage.position)
    end = wording.say(case.language, "end")
    space = " " if case.language == "en" else ""
    body = space.join(f"{text}{end}" for _, text in said)
    return f"{lead}{body}{space}{close}".strip(), tuple(rule for rule, _ in said)


def _lead(chosen: Sequence[Rule], calculation: Calculation | None, case: Frame) -> str:
    """The case in its own numbers (so that the customer sees it was read), and what was computed from them."""
    what = _with_claim(_record(chosen, case), case) or _amounts_said(case)
    lead = wording.say(case.language, "about", what=what) if what else ""
    if calculation is None:
        return lead
    amount = wording.money(calculation.amount, case.knowledge.authority.currency, case.language)
    return lead + wording.say(case.language, "computed", expression=calculation.expression, amount=amount)


_SEGMENT = re.compile(r"[^|｜；;\n]+")
_LABEL = re.compile(r"^\s*[\[［【][^\]］】]*[\]］】]\s*")
_MONEY_TOLD = re.compile(r"\d\s*(?:元|块)|[$¥]\s*\d|(?:HKD|TWD|CNY)\s*\d")
_RECORD_CHARACTERS = 40


def _record(chosen: Sequence[Rule], case: Frame) -> str:
    """The segments of the helpdesk's records that the chosen rules or the open request speak of."""
    about = set(case.evidence.open_grams).union(*(grams(rule.passage.text) for rule in chosen[:3]))
    segments: list[tuple[int, int, str]] = []
    for turn in case.conversation.turns:
        if turn.role != "system":
            continue
        for order, match in enumerate(_SEGMENT.finditer(_LABEL.sub("", own_words(turn)))):
            text = match.group().strip()
            if re.search(r"\d", text) and 3 < len(text) <= 40:
                segments.append((len(grams(text) & about) + (_MONEY_TOLD.search(text) is not None), -order, text))
    kept: list[str] = []
    room = _RECORD_CHARACTERS if case.language != "en" else 2 * _RECORD_CHARACTERS
    for hits, _, text in sorted(segments, reverse=True):
        if hits and (cost := len(quotable(text)) + 1) <= room:
            kept.append(text)
            room -= cost
    return "，".join(t for _, _, t in sorted(segments, key=lambda s: -s[1]) if t in kept)


def _with_claim(record: str, case: Frame) -> str:
    """The record, with the sum the customer asks about where the record does not name it."""
    claimed = _claimed(case) if record else None
    if claimed is None or any(q.value == claimed for q in find_quantities(record) if q.dimension == "money"):
        return record
    return f"{record}，{wording.money(claimed, case.knowledge.authority.currency, case.language)}"


def _amounts_said(case: Frame) -> str:
    open_turns = {turn.index for turn in case.conversation.open_request}
    roles = [turn.role for turn in case.conversation.turns]
    amounts: list[float] = []
    for q in case.evidence.quantities:
        said_now = q.turn_index in open_turns or roles[q.turn_index] == "system"
        if q.dimension == "money" and said_now and q.value not in amounts:
            amounts.append(q.value)
    currency = case.knowledge.authority.currency
    joint = ", " if case.language == "en" else "、"
    return joint.join(wording.money(a, currency, case.language) for a in amounts[-3:])


def _close(outcome: Outcome, case: Frame) -> str:
    settings = case.knowledge.settings
    if outcome.ask is None:
        return wording.say(case.language, "allowed") if outcome.actions else ""
    name = _called(outcome.ask, case)
    deadline = wording.deadline(settings.contacts.get(outcome.ask), case.language)
    above = next((a for a in outcome.actions if a.verdict == "needs_approval" and a.limit is not None), None)
    money = (
        wording.money(above.amount, case.knowledge.authority.currency, case.language)
        if above is not None and above.amount is not None
        else ""
    )
    key = ("submit_money" if money else "submit") + ("" if deadline else "_no_deadline")
    close = wording.say(case.language, key, contact=name, deadline=deadline or "", amount=money)
    informed = [_called(k, case) for k in outcome.inform if k != outcome.ask]
    if informed:
        close += wording.say(case.language, "informed", contact="、".join(informed))
    return close


def _called(key: str, case: Frame) -> str:
    return case.tiers.get(key) or contact_name(key, case.knowledge.settings)


def _steps(
    chosen: Sequence[Rule], rules: Sequence[Rule], used: Sequence[Rule], outcome: Outcome, case: Frame
) -> tuple[str, ...]:
    """What the agent does: the hand-over first, then the article's own steps that the reply left out."""
    steps: list[str] = []
    if outcome.ask is not None:
        steps.append(_hand_over_step(outcome, case))
    candidates = [r for r in rules if r.passage.kind in {"step", "item"} and r not in used and r.fit.value >= 0 and not (wording.is_case(r.passage) or wording.is_internal(r.passage))]
    for rule in sorted(candidates, key=lambda r: -r.score):
        text = wording.plain(rule.passage.text).rstrip("。.;；")
        if len(text) <= 40 and len(steps) < _MAX_STEPS:
            steps.append(text)
    return tuple(steps)


def _hand_over_step(outcome: Outcome, case: Frame) -> str:
    language = case.knowledge.settings.language
    blocked = next((a for a in outcome.actions if a.verdict != "allowed"), None)
    what = action_label(blocked.action, language) if blocked else ""
    if blocked is not None and blocked.amount is not None:
        what += wording.money(blocked.amount, case.knowledge.authority.currency, language)
    contact = _called(outcome.ask or "", case)
    return wording.say(language, "step_submit" if what else "step_submit_plain", contact=contact, what=what)


def _within_length(reply: str, steps: Iterable[str], language: str) -> tuple[str, ...]:
    room = MAX_CHARACTERS[language] - len(quotable(reply))
    kept: list[str] = []
    for step in steps:
        if (cost := len(quotable(step))) <= room:
            kept.append(step)
            room -= cost
    return tuple(kept)


def _citations(used: Sequence[Rule], rules: Sequence[Rule], steps: Sequence[str]) -> tuple[Citation, ...]:
    quoted = list(used) + [r for r in rules if r not in used and wording.plain(r.passage.text).rstrip("。.;；") in steps]
    seen: dict[str, Citation] = {}
    for rule in quoted or rules[:1]:
        quote = rule.passage.text.strip().strip("|").strip()
        seen.setdefault(
            quote, Citation(article_id=rule.article.id, title=rule.article.title, version=rule.article.version, quote=quote)
        )
    return tuple(seen.values())


def situation(case: Frame) -> Mapping[str, float]:
    """The words of the case with their weights (for explanations)."""
    return case.evidence.weights
