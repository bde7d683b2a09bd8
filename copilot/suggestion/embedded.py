"""The suggestion without a model: the article's own rules, chosen for this case, filled and addressed.

Every sentence of fact is a quotation (addressed to the customer instead of about him); what is added
is what was computed from the customer's own numbers, what this agent does now, and who decides the rest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

from copilot.answer import ActionVerdict, Citation, Suggestion
from copilot.authority import contact_name, label_of
from copilot.language import fold, language_of, quotable
from copilot.suggestion.asking.asking import guesses, missing_fact
from copilot.suggestion.asking.differences import Talk, talk_of
from copilot.suggestion.case.frame import MAX_CHARACTERS, Frame, frame
from copilot.suggestion.choice.bans import allowed_beside, bans_of
from copilot.suggestion.choice.rule_choice import Rule
from copilot.suggestion.choice.selection import choose, rules_of, with_referred
from copilot.suggestion.decision.outcome import Outcome, is_divisible, outcome_of
from copilot.suggestion.reply import wording
from copilot.suggestion.reply.reply import Beside, write_reply
from copilot.suggestion.sums.amounts import money_in_question
from knowledge.model import Article, ArticleHit

__all__ = ["MAX_CHARACTERS", "Frame", "compose", "frame"]

_MAX_STEPS = 3
# Characters of a step; what belongs to the case may be longer than what the article has besides.
_MAX_STEP, _MAX_ORDER = 40, 70


def compose(hits: Sequence[ArticleHit], case: Frame) -> tuple[Suggestion, ...]:
    """Return one suggestion for each article that has something to say, in the order of `hits`."""
    suggestions = (_suggest(hit, hits, case) for hit in hits)
    return tuple(suggestion for suggestion in suggestions if suggestion is not None)


def _suggest(hit: ArticleHit, hits: Sequence[ArticleHit], case: Frame) -> Suggestion | None:
    rules = rules_of(hit, case)
    if hit is not hits[0]:
        rules = allowed_beside(rules, bans_of(rules_of(hits[0], case)))
    if not rules:
        return None
    chosen = with_referred(choose(rules, case), hits, case)
    missing = missing_fact(chosen, rules, case)
    # A row that nobody's facts support is no basis for a sum, a verdict or a sentence.
    doubtful = missing.undecided if missing else guesses(chosen, case)
    chosen = tuple(rule for rule in chosen if rule not in doubtful) or chosen
    rules = tuple(rule for rule in rules if rule not in doubtful) or rules
    money = money_in_question(chosen, case)
    outcome = outcome_of(chosen, money, case, hit.article)
    first = _first_steps(outcome, case)
    reply, used = write_reply(
        chosen, money, outcome, case, Beside(missing.question if missing else "", first)
    )
    steps = _steps(chosen, rules, used, first, case)
    return Suggestion(
        id=_identity(hit.article, reply),
        title=hit.article.title,
        reply=reply,
        steps=_within_length(reply, steps, case.language),
        citations=_citations(used, rules, steps),
        actions=outcome.actions,
        authority=outcome.authority,
        confidence=round(hit.confidence, 3),
        escalate_to=outcome.ask,
    )


def _identity(article: Article, reply: str) -> str:
    return "s-" + hashlib.sha256(f"{article.id}@{article.version}:{reply}".encode()).hexdigest()[:12]


def _first_steps(outcome: Outcome, case: Frame) -> tuple[str, ...]:
    """What the agent may give now and whom he submits the rest to; nothing where nobody need be asked."""
    return (*_granted_now(outcome, case), _hand_over_step(outcome, case)) if outcome.ask is not None else ()


def _steps(
    chosen: Sequence[Rule], rules: Sequence[Rule], used: Sequence[Rule], first: Sequence[str], case: Frame
) -> tuple[str, ...]:
    """What the agent does: the `first` steps, then the article's own steps that the reply left out."""
    steps: list[str] = [*first]
    orders = [r for r in chosen if r not in used and wording.is_agent_order(r.passage.text)]
    candidates = [
        r
        for r in rules
        if r.passage.kind in {"step", "item"}
        and r not in used
        and r not in orders
        and r.fit.value >= 0
        and not (wording.is_case(r.passage) or wording.is_internal(r.passage))
    ]
    talk = talk_of(case)
    for rule in (*orders, *sorted(candidates, key=lambda r: -r.score)):
        if _asks_again(rule, talk) or wording.only_points(wording.plain(rule.passage.text)):
            continue
        text = wording.plain(rule.passage.text).rstrip("。.;；")
        if len(text) <= (_MAX_ORDER if rule in orders else _MAX_STEP) and len(steps) < _MAX_STEPS:
            steps.append(text)
    return tuple(steps)


_ASKS = re.compile(r"^(?:先|请)?问[^，。；、：]{4,}|^ask (?:whether|if|for)[^,.;:]+")


def _asks_again(rule: Rule, talk: Talk) -> bool:
    """Whether a step puts a question that an agent has put already."""
    asked = _ASKS.search(fold(wording.plain(rule.passage.text)))
    return asked is not None and talk.was_asked(asked.group())


def _granted_now(outcome: Outcome, case: Frame) -> tuple[str, ...]:
    """What the agent may give before anybody answers: what is allowed, of a sum the part up to the limit."""
    language = language_of(case.knowledge.settings.language)
    joint = ", " if language == "en" else "、"
    mine = joint.join(_named_act(a, a.amount, case) for a in outcome.actions if a.verdict == "allowed")
    part = next((a for a in outcome.actions if is_divisible(a) and a.limit), None)
    if part is not None:
        first = _named_act(part, part.limit, case)
        return (wording.say(language, "step_part", what=joint.join(filter(None, (mine, first)))),)
    return (wording.say(language, "step_now", what=mine),) if mine else ()


def _named_act(action: ActionVerdict, amount: float | None, case: Frame) -> str:
    """An action by its name for people, with a sum."""
    language = language_of(case.knowledge.settings.language)
    label = label_of(case.knowledge.authority, action.action, language)
    if amount is None:
        return label
    space = " " if language == "en" else ""
    return label + space + wording.money(amount, case.knowledge.authority.currency, language)


def _hand_over_step(outcome: Outcome, case: Frame) -> str:
    """What the agent reads, in the language of the client whom he hands over to."""
    settings = case.knowledge.settings
    language = language_of(settings.language)
    blocked = next((a for a in outcome.actions if a.verdict != "allowed"), None)
    what = _named_act(blocked, blocked.amount, case) if blocked else ""
    tiers = wording.tier_names(settings, case.knowledge.authority.tiers, language)
    contact = tiers.get(outcome.ask or "") or contact_name(outcome.ask or "", settings)
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
    quoted = list(used) + [
        r for r in rules if r not in used and wording.plain(r.passage.text).rstrip("。.;；") in steps
    ]
    seen: dict[str, Citation] = {}
    for rule in quoted or rules[:1]:
        quote = rule.passage.text.strip().strip("|").strip()
        seen.setdefault(
            quote,
            Citation(
                article_id=rule.article.id,
                title=rule.article.title,
                version=rule.article.version,
                quote=quote,
            ),
        )
    return tuple(seen.values())
