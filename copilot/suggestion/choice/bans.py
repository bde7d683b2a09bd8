"""What the article that fits best forbids to suggest: nothing beside it suggests that.

「不得建议客人打车过去」 is said by the one article that knows the case; another, about something near to it,
pays for taxis.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from copilot.language import fold
from copilot.suggestion.choice.rule_choice import Rule

_FORBIDS = re.compile(
    r"(?:不得|不要|不许|不可以?|禁止|别)(?:再)?(?:建议|推荐|提议|引导|安排)(?:客人|顾客|客户|乘客|用户|旅客|他们?)?"
    r"([^，,。;；:：!！]{2,40})|"
    r"(?:never|do not|don't) (?:suggest|propose|recommend|advise)(?: (?:customers?|guests?|them))?(?: to)? "
    r"([^,.;:!]{4,60})"
)
_PARTS = re.compile(r"、|或者?|\bor\b|再|后")
_LEAST = 2


def bans_of(rules: Sequence[Rule]) -> tuple[str, ...]:
    """Return the acts that the rules forbid to suggest, folded, one for each part of a list."""
    found = [match for rule in rules for match in _FORBIDS.finditer(fold(rule.passage.text))]
    parts = [part.strip() for match in found for part in _PARTS.split(match[1] or match[2])]
    return tuple(part for part in parts if len(part) >= _LEAST)


def allowed_beside(rules: Sequence[Rule], bans: Sequence[str]) -> tuple[Rule, ...]:
    """Return the rules that suggest none of the forbidden acts; one that forbids them itself stays."""
    return tuple(
        rule
        for rule in rules
        if _FORBIDS.search(folded := fold(rule.passage.text)) or not any(ban in folded for ban in bans)
    )
