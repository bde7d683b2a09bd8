"""How old somebody is where no unit says so (「我爸71 我妈66」): the old, whose age rules ask for."""

from __future__ import annotations

import re

from copilot.language import fold
from copilot.quantities import Quantity, clause_around, parse_number

_KIN = (
    r"(?:妈|爸|娘|爹|爷爷|奶奶|外公|外婆|姥姥|姥爷|公公|婆婆|岳父|岳母|丈人|老人家?|老头子?|老太太?|大爷|"
    r"\b(?:mum|mom|mother|father|dad|grandma|grandpa|grandmother|grandfather|granny)\b)"
)
_BETWEEN = r"(?:\s|今年|刚过|刚满|过了?|快|都|已经|满|is|just|turned|now|s|'){0,4}"
_UNIT = r"\s*(?:元|块|天|号|点|分|秒|张|个|%|公斤|斤|米|min|hour|day|dollar|usd)"
_AGED = re.compile(
    rf"(?:{_KIN}{_BETWEEN}|刚过|刚满|年过)(?P<age>(?<!\d)[5-9]\d|[五六七八九]十[一二三四五六七八九]?)"
    rf"(?=了|多|的|[\s,，。.!！?？|)]|$)(?!{_UNIT})"
)


def bare_ages(said: str, turn_index: int) -> list[Quantity]:
    """Return the ages (years) that `said` tells without a unit."""
    folded = fold(said)
    found = [(match, parse_number(match["age"])) for match in _AGED.finditer(folded)]
    return [
        Quantity(age, "age", *match.span("age"), clause_around(folded, *match.span("age")), turn_index)
        for match, age in found
        if age is not None
    ]
