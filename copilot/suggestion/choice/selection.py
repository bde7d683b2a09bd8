"""Which rules of an article speak in this case: the best, each adding something, none of another case."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from copilot.language import detect_language, fold
from copilot.quantities import find_bounds
from copilot.suggestion.case.evidence import grams, rarity
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.case.hostile import is_no_rule
from copilot.suggestion.choice.rule_choice import Rule, condition_of, rank_rules, touching
from copilot.suggestion.decision.hand_over import denied, overdue
from copilot.suggestion.reply import wording
from knowledge.model import Article, ArticleHit, Passage

_MAX_RULES = 11
# A rule this much below the best one answers another question.
_SCORE_MARGIN = 1.5
# A listed case must fit almost as well as the best rule, or it is somebody else's case.
_CASE_MARGIN = 0.55


def rules_of(hit: ArticleHit, case: Frame) -> tuple[Rule, ...]:
    """Return the rules of the article that the conversation does not contradict, best first."""
    similarity = {h.passage.id: h.likeness for h in hit.passages}
    passages = [
        p
        for p in case.knowledge.passages.values()
        if p.article_id == hit.article.id and not is_no_rule(p.text)
    ]
    units = [unit for p in sorted(passages, key=lambda p: p.position) for unit in _units(p)]
    ranked = rank_rules(hit.article, units, similarity, case.evidence, rarity(case.knowledge))
    return tuple(rule for rule in ranked if not _says_nothing(rule.passage, hit.article))


_EXPLAINS_SCOPE = re.compile(
    r"^(?:适用|適用|本篇|本文|本条|applies to|this article|scope)|"
    r"^(?:本\S{1,4})?自?\s*\d{4}\s*[年-].{0,10}起(?:施行|实施|實施|执行|執行|生效|试行|試行)[。.]?$"
)
# What only announces the rules below it, and the path of the page that an article was taken from.
_ANNOUNCES = re.compile(
    r"^(?:下面|以下|如下|满足(?:下列|以下)?一条)[^,，;；。]{0,12}[:：。]?$|^免[^,，;；。]{2,8}[(（]满足一条[)）]"
)
_PATH = re.compile(r"^[^>＞]{1,12}(?:\s*[>＞]\s*[^>＞]{1,12}){2,}$")

# The frame of a page: its menu, its links alone, its last line.
_FRAME = re.compile(
    r"^(?:首页|主页|home)(?:\s*[,，、|｜·/>]\s*[^,，、|｜·/>。.\d]{1,12}){1,8}$|"
    r"^(?:\[[^\]]*\]\([^)]*\)[\s,，、|｜·]*)+$|^(?:©|\(c\)|copyright|版权所有)"
)


# A passage up to this length stays whole, unless its sentences speak of opposite cases.
_WHOLE = 60
_OTHERWISE_FOLLOWS = re.compile(
    r"[。.]\s*(?:没做到|不符合|没达到|达不到|不满足|没满足|做不到|否则|otherwise|if not)"
)


def _units(passage: Passage) -> list[Passage]:
    """Sentences of a long passage, each an exact substring; rows stay whole."""
    if passage.kind == "row" or (len(passage.text) <= _WHOLE and not _is_mixed(passage)):
        return [passage]
    pattern = r"[^.!?\n]+[.!?]?" if detect_language(passage.text) == "en" else r"[^。！？!?\n]+[。！？!?]?"
    parts = [m.group().strip() for m in re.finditer(pattern, passage.text)]
    whole = [part for part in parts if len(part) > 3]
    return [replace(passage, text=part) for part in whole] or [passage]


def _is_mixed(passage: Passage) -> bool:
    """Whether the sentences are of different kinds: opposite cases, or one of them the agent's alone."""
    internal = wording.is_internal(passage) and not wording.is_below_internal(passage)
    return internal or _has_branches(passage.text)


def _has_branches(text: str) -> bool:
    """Whether the sentences speak of opposite cases (「25 元以内：…。超过 25 元：…」)."""
    if _OTHERWISE_FOLLOWS.search(fold(text)):
        return True
    sentences = [find_bounds(sentence) for sentence in re.split(r"[。；;]", text)]
    return any(
        touching(one, other) and not (one.exact or other.exact)
        for first, second in itertools.pairwise(sentences)
        for one in first
        for other in second
    )


def _says_nothing(passage: Passage, article: Article) -> bool:
    text = fold(wording.plain(passage.text))
    if passage.kind == "row":
        return len(passage.text.strip()) < 5
    frames = (_EXPLAINS_SCOPE, _ANNOUNCES, _PATH, _FRAME)
    silent = any(frame.match(text) for frame in frames)
    return silent or text == fold(article.title) or len(passage.text.strip()) < 5


def choose(rules: Sequence[Rule], case: Frame) -> tuple[Rule, ...]:
    """The best rules, close to the best, each adding something new, none of the opposite answer."""
    best = rules[0]
    late = [rule for rule in rules if overdue(rule.passage.text, rule, case)]
    measured = _reference(rules)
    fitting = [r for r in rules if r.score >= measured - _SCORE_MARGIN and not _aside(r, measured)]
    near = [rule for rule in fitting if rule not in late]
    near += [rule for rule in restricting(rules) if rule not in near and rule not in late]
    chosen: list[Rule] = []
    for rule in [best, *(r for r in [*late, *near] if r is not best)][: 2 * _MAX_RULES]:
        if any(_repeats(rule, other) for other in chosen) or _is_other_case(rule, best, chosen):
            continue
        if rule is best or not denied(condition_of(rule.passage), case):
            chosen.append(rule)
    return tuple(chosen[:_MAX_RULES])


# A row outscores the other rules by its name alone: it counts as no further above them than this. Measured
# on 660 conversations from 0.6 to 1.2: the lower, the more needed facts (7 at 0.6) and wrong ones (2).
_ROW_LEAD = 0.6


def _reference(rules: Sequence[Rule]) -> float:
    """Return the score from which the distance of the other rules is measured."""
    best = rules[0]
    if best.passage.kind != "row" or len(rules) == 1:
        return best.score
    return min(best.score, rules[1].score + _ROW_LEAD)


# Running text this far below the best rule, of which the case says next to nothing, is told of other cases:
# of 56 such sentences in 415 development replies one held a needed fact, two a wrong one.
_ASIDE, _UNSAID = 0.6, 0.05


def _aside(rule: Rule, measured: float) -> bool:
    """Whether a sentence of running text stands beside this case (listed rules are often told in a case)."""
    far = rule.score < measured - _ASIDE
    unsaid = rule.features.share < _UNSAID and rule.fit.met == 0
    # Who decides holds for every case of the article, and an order to the agent is no reply but a step.
    holds = rule.features.hands_over or wording.is_agent_order(rule.passage.text)
    return rule.passage.kind == "paragraph" and far and unsaid and not holds


# What a table does not give, or gives otherwise: it stands below the table, and speaks of every row.
_RESTRICTS = re.compile(
    r"^(?:例外|除外)|不适用|不在此列|除外|不保|不赔|不退|不算|不包括|不含|不按上表|"
    r"\bexcept|\bunless\b|not (?:covered|included|eligible|refund)|\bexclud|does not (?:cover|apply)|"
    r"do not (?:cover|apply)"
)
_RESTRICTIONS = 2


def restricting(rules: Sequence[Rule]) -> list[Rule]:
    """Return the best sentences that limit the row which is the best rule; none where no row is.

    A row outscores every sentence by its name alone, so its distance says nothing of an exclusion.
    """
    best = rules[0]
    if best.passage.kind != "row":
        return []
    limits = [
        rule
        for rule in rules
        if rule.passage.kind != "row"
        and rule.article.id == best.article.id
        and rule.fit.value >= 0
        and _RESTRICTS.search(fold(wording.plain(rule.passage.text)))
        and not wording.is_internal(rule.passage)
    ]
    return limits[:_RESTRICTIONS]


# How many rules an article that another one refers to may add.
_REFERRED_RULES = 2
# … and how near its score must be to that of the referring article.
_REFERRED_NEAR = 0.55


# 「按折旧表（YF-10）计」, 「另计，看服务地区表」: what is counted or charged stands in the other article.
_COUNTS_BY = re.compile(
    r"(?<![的后])(?<!的[,，])(?:按|依|照|见|見|看|参照|另[补補计計]|\bper\b|\bsee\b|\bunder\b)[^。;；.]{0,16}$"
)


def with_referred(chosen: Sequence[Rule], hits: Sequence[ArticleHit], case: Frame) -> tuple[Rule, ...]:
    """Return the chosen rules with the best of the article that they refer to (「按 SL-204」).

    An article near to this one in the search, else one by whose table a rule without conditions counts.
    """
    told = " ".join(rule.passage.text for rule in chosen)
    own = next((hit for hit in hits if hit.article.id == chosen[0].article.id), hits[0])
    near = [hit for hit in hits if hit is not own and hit.score >= _REFERRED_NEAR * own.score]
    others = [hit for hit in near if hit.article.id in told]
    joined = [rule for hit in others[:1] for rule in choose(rules_of(hit, case), case)[:_REFERRED_RULES]]
    fitting = [rule for rule in joined if rule.score > 0 and not wording.is_internal(rule.passage)]
    fitting = fitting or _counted_by(chosen, own.article, hits, case)
    return (chosen[0], *sorted([*chosen[1:], *fitting], key=lambda rule: -rule.score))


def _counted_by(chosen: Sequence[Rule], own: Article, hits: Sequence[ArticleHit], case: Frame) -> list[Rule]:
    """The rows of one other article by whose table a chosen rule counts, where the case tells which row."""
    for rule in chosen:
        if condition_of(rule.passage) or rule.fit.broken:
            continue
        for article in _named_in(rule.passage.text, own, case):
            hit = next((h for h in hits if h.article.id == article.id), ArticleHit(article, 0.0, 0.0, ()))
            rows = [r for r in rules_of(hit, case) if r.passage.kind == "row" and _is_told(r)]
            if rows:
                return rows[:1]
    return []


def _is_told(row: Rule) -> bool:
    """Whether the case names the row, or its numbers meet it."""
    return row.fit.value > 0 or row.features.row_case >= _NAMED


# So much of a row's case is said where the case names it.
_NAMED = 0.3
# What a title has beside the name by which others call it.
_TITLE_EDGES = re.compile(r"^[A-Z]{1,6}-[A-Z]*\d[\w-]*\s*|(?:表|规则|規則|标准|標準|说明|說明)$")
_SHORTEST_TITLE = 4


def _named_in(text: str, own: Article, case: Frame) -> list[Article]:
    """The valid articles that `text` says something is counted by, called by number or title."""
    today = case.conversation.now.date()
    found = []
    for article in case.knowledge.articles.values():
        names = [article.id, _TITLE_EDGES.sub("", article.title)]
        places = [text.find(name) for name in names if len(name) >= _SHORTEST_TITLE]
        counts = any(at > 0 and _COUNTS_BY.search(text[:at]) for at in places)
        if counts and article.id != own.id and article.valid_on(today):
            found.append(article)
    return found


def _is_other_case(rule: Rule, best: Rule, chosen: Sequence[Rule]) -> bool:
    """One of several cases speaks only where it fits nearly as well as the best rule, and only one does."""
    if not wording.is_case(rule.passage):
        return False
    heading = wording.case_heading(rule.passage)
    rivals = [r for r in chosen if wording.is_case(r.passage) and wording.case_heading(r.passage) == heading]
    return bool(rivals) or rule.score < best.score - _CASE_MARGIN


def _repeats(rule: Rule, other: Rule) -> bool:
    mine, theirs = grams(rule.passage.text), grams(other.passage.text)
    return bool(mine) and len(mine & theirs) / len(mine) > 0.8
