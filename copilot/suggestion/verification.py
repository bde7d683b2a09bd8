"""What may be shown: quotes are exact, numbers come from somewhere, nothing is promised above authority.

A sentence that fails is cut; a suggestion without a sentence left is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from copilot.answer import Citation, Suggestion
from copilot.language import fold, quotable
from copilot.quantities import find_bounds
from copilot.signals.workdays import nth_working_day
from copilot.suggestion.case.frame import MAX_CHARACTERS, Frame
from copilot.suggestion.sums.due import acts_recorded
from copilot.suggestion.sums.last_day import last_days
from knowledge.model import Article

# Longer periods are no deadline that anybody counts in working days.
_LONGEST_DAYS = 60
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]?|\n")


def verify(suggestion: Suggestion, case: Frame) -> Suggestion | None:
    """Return `suggestion` without what cannot be shown, None where nothing is left."""
    citations = tuple(
        c for c in suggestion.citations if is_exact(c, case.knowledge.articles.get(c.article_id))
    )
    if not citations:
        return None
    known = _known_numbers(citations, suggestion, case)
    reply = "".join(s for s in _SENTENCE.findall(suggestion.reply) if _numbers(s) <= known).strip()
    steps = tuple(step for step in suggestion.steps if _numbers(step) <= known)
    if not reply:
        return None
    length = len(quotable(reply)) + sum(len(quotable(step)) for step in steps)
    if length > MAX_CHARACTERS[case.language]:
        steps = ()
    return replace_suggestion(suggestion, reply, steps, citations)


def replace_suggestion(
    suggestion: Suggestion, reply: str, steps: tuple[str, ...], citations: tuple[Citation, ...]
) -> Suggestion:
    """Return a copy with other words and the same verdicts."""
    return suggestion.model_copy(update={"reply": reply, "steps": steps, "citations": citations})


def is_exact(citation: Citation, article: Article | None) -> bool:
    """Whether the quote stands, word for word, in the version of the article that it names."""
    return (
        article is not None
        and article.version == citation.version
        and quotable(citation.quote) in quotable(article.body)
    )


def _numbers(text: str) -> set[str]:
    # Only a comma between thousands goes: 「15:03，640 元」 are two numbers.
    return {_canonical(number) for number in _NUMBER.findall(fold(_THOUSANDS.sub("", text)))}


def _canonical(number: str) -> str:
    return f"{float(number):g}"


def _known_numbers(citations: Iterable[Citation], suggestion: Suggestion, case: Frame) -> set[str]:
    """Numbers of the cited articles, the conversation, the settings' clocks, and the stated computations."""
    cited = {c.article_id for c in citations}
    texts = [case.knowledge.articles[a].body for a in cited]
    texts += [turn.text for turn in case.conversation.turns if turn.role != "agent"]
    known = set().union(*(_numbers(text) for text in texts))
    known |= {_canonical(f"{q.value}") for q in case.evidence.quantities}
    known |= {_canonical(f"{q.value / 1000}") for q in case.evidence.quantities if q.dimension == "metres"}
    known |= {_canonical(f"{a.amount}") for a in suggestion.actions if a.amount is not None}
    known |= {_canonical(f"{float(tenths) * 10}") for text in texts for tenths in _TENTHS.findall(fold(text))}
    known |= _due_dates(texts, case)
    ends = [period.end for text in texts for period in last_days(text, case)]
    known |= {f"{part}" for end in ends for part in (end.day, end.month)}
    for contact in case.knowledge.settings.contacts.values():
        minutes = contact.target_minutes or 0
        known |= {_canonical(f"{minutes}"), _canonical(f"{minutes // 60}")}
    return known | set(suggestion_numbers(suggestion))


def _due_dates(texts: Iterable[str], case: Frame) -> set[str]:
    """Days and months on which the periods that the texts name run out, from today or a recorded act."""
    zone = case.knowledge.settings.timezone
    today = case.conversation.now.astimezone(ZoneInfo(zone)).date()
    begun = {today} | {act.day for act in acts_recorded(case)}
    periods = {
        (b.dimension, int(b.high))
        for text in texts
        for b in find_bounds(text)
        if b.dimension in {"workdays", "days"} and 0 < b.high <= _LONGEST_DAYS
    }
    ends = {
        nth_working_day(day, count, zone) if dimension == "workdays" else day + timedelta(days=count)
        for day in begun
        for dimension, count in periods
    }
    return {f"{part}" for due in ends for part in (due.day, due.month)}


# 「9折」 is 90% of the price.
_TENTHS = re.compile(r"(?<![\d.])(\d(?:\.\d)?)折")
_STATED = re.compile(
    r"([\d.(][\d.()%\s]*(?:[×÷+−][\d.()%\s]*)+)(?:→\s*[\d.]+)?\s*=\s*(?:[A-Z]{3}\s|[A-Z]*[$¥€£])?\s*(\d+(?:\.\d+)?)"
)


def suggestion_numbers(suggestion: Suggestion) -> set[str]:
    """Numbers that the composer computed and stated with their expression (「67.7 − 31.2 = 36.5」)."""
    stated = _STATED.findall(suggestion.reply)
    # A half, one and a half: a rule says them in words (「一个半月房租」), only the expression in figures.
    factors = {f for expression, _ in stated for f in _FACTOR.findall(expression)}
    return {_canonical(result) for _, result in stated} | factors


_FACTOR = re.compile(r"[×÷]\s*(0\.5|1\.5|2)(?![\d.])")
