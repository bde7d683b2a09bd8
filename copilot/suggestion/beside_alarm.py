"""What may stand beside the protocol of an emergency: the client's own rule about that danger, and no delay.

The protocol comes first. A fee is no advice to somebody in danger, but the rule that says who is told, what
is kept and what is locked is what the agent needs next.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from copilot.answer import Alert, Suggestion
from copilot.conversation import Conversation
from copilot.language import fold
from copilot.quantities import Bound, find_bounds
from copilot.signals.emergency.never_say import forbidden_by
from copilot.signals.emergency.official import CATEGORY as OFFICIAL
from copilot.signals.material import material
from copilot.suggestion.choice.dangers import is_about
from knowledge.model import Article

# What a danger is called may be a guess; an article about safety is about any of them.
_SAFETY = "safety_complaint"
# Whoever is told a period of this length in danger is told to wait.
_LONG_MINUTES = 15.0
_LONG = {"days", "workdays"}
_SENTENCE = re.compile(r"(?:[^。.!?！？\n]|\.(?=\d))+(?:[。!?！？\n]|\.(?!\d)|$)\s*")
_CLAUSE = re.compile(r"(?:[^，,；;]|,(?=\d))+(?:[，；;]|,(?!\d)|$)\s*")
_ENDS = "。.!?！？\n "
_END = re.compile(r"[。.!?！？\n]\s*$")
_JOINTS = "，,；; "
# A case that is named before its answer (「碎了：3 小时内答复」) is nothing without it.
_LABELLED = re.compile(r"[:：]")
# What stands beside a period in a clause that says no more than by when who answers (「报技术组 1 小时内」).
_SHORT = 2
_BY_WHEN = re.compile(r"^(?:报|送|交|转)|答|回[电复覆拨]|联系|联络|致电|接手|\b(?:answer|repl|call|contact)")
_CONDITION = re.compile(r"\b(?:when|if|needed|since)\b|(?:的|(?<!小)时)[,:\s]*$|^(?:如果?|若|超过)")
_ANSWERED = re.compile(r"\s*(?:内|后)?[^\d,，。]{0,4}(?:答|回|联系|到账|审|answer|repl)")


def emergencies(alerts: Sequence[Alert]) -> tuple[Alert, ...]:
    """Return the emergencies; who asks with authority for data is in none himself."""
    return tuple(alert for alert in alerts if alert.level == "emergency" and alert.category != OFFICIAL)


def beside_alarm(
    suggestion: Suggestion, article: Article, alerts: Sequence[Alert], conversation: Conversation
) -> Suggestion | None:
    """Return what of `suggestion` may stand beside an emergency among `alerts`.

    None where it speaks of another matter, unless the customer himself has gone on to that.
    """
    about = is_about(article, [_SAFETY, *(alert.category for alert in alerts)])
    if not (about or _sends_help(suggestion, alerts)):
        return suggestion if left_behind(emergencies(alerts), conversation) else None
    never = tuple(dict.fromkeys(line for alert in alerts for line in alert.protocol.never_say))
    reply = _without_delay(suggestion.reply, never)
    steps = tuple(step for step in suggestion.steps if not _delays(step, never))
    return suggestion.model_copy(update={"reply": reply, "steps": steps}) if reply else None


def _sends_help(suggestion: Suggestion, alerts: Sequence[Alert]) -> bool:
    """Whether the client's own words send for the services that the protocol names."""
    numbers = {number for alert in alerts for number in alert.services if number.isdigit()}
    return bool(numbers & set(re.findall(r"(?<!\d)\d+(?!\d)", suggestion.reply)))


def left_behind(alerts: Sequence[Alert], conversation: Conversation) -> bool:
    """Whether only the classifier heard these dangers, in words that the customer has gone on from."""
    first = min((turn.index for turn in conversation.open_request), default=0)
    return all(alert.sources == ("classifier",) and alert.turn_index < first for alert in alerts)


def _without_delay(text: str, never: Sequence[str]) -> str:
    """The text without the sentences that put somebody off; a last clause that only says when goes alone."""
    kept: list[str] = []
    for sentence in _SENTENCE.findall(text):
        clauses = _CLAUSE.findall(sentence)
        slow = [clause for clause in clauses if _delays(clause, never)]
        if not slow:
            kept.append(sentence)
        elif slow == clauses[1:][-1:] and not _LABELLED.search(slow[0]) and _only_says_when(slow[0]):
            kept.append("".join(clauses[:-1]).rstrip(_JOINTS) + _ending(sentence))
    return "".join(kept).strip()


def _only_says_when(clause: str) -> bool:
    said = clause
    for bound in reversed(find_bounds(clause)):
        said = said[: bound.start] + said[bound.end :]
    said = said.strip(_JOINTS + _ENDS)
    return len(said) <= _SHORT or _BY_WHEN.search(fold(said)) is not None


def _ending(sentence: str) -> str:
    found = _END.search(sentence)
    return found.group() if found else ""


def _delays(clause: str, never: Sequence[str]) -> bool:
    """Whether a clause has somebody answered in an hour or more, or says what the protocols forbid."""
    folded = fold(clause)
    if not _CONDITION.search(folded) and any(_is_long(b, folded) for b in find_bounds(clause)):
        return True
    found = (forbidden_by(line).search(folded) for line in never)
    return any(m and not material("forbidden").pattern("negation").search(folded[: m.start()]) for m in found)


def _is_long(bound: Bound, folded: str) -> bool:
    if bound.high == float("inf") or (bound.exact and not _ANSWERED.match(folded, bound.end)):
        return False
    return bound.dimension in _LONG or (bound.dimension == "minutes" and bound.high >= _LONG_MINUTES)
