"""What a part of an order cost: three of fourteen tickets that were paid together."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copilot.language import fold
from copilot.quantities import parse_number
from copilot.suggestion.case.evidence import own_words
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.sums.calculation import Calculation, cents

_HAN = "一二两三四五六七八九十仨俩"
_UNIT = r"(?:张|件|位|人|份|间|个|名|箱|盒|双|套|台|只|条|瓶|晚)"
_NUMBER = rf"(?<![\d.第])(\d{{1,3}}|[{_HAN}])(?![\d.])"
# A record's count and what was paid for all of them: 「14 张 团体 8 折 实付 728.00 元」.
_COUNT = re.compile(rf"(?<![\d.:\-])(\d{{1,3}})\s*{_UNIT}(?!\d)")
_PAID = re.compile(
    r"(?:实付|共付|已付|合计|共计)[^\d,，。;；|｜]{0,4}(\d{1,6}(?:\.\d{1,2})?)\s*元(?!\s*[/每×x*])"
)
# How many of them are given up: 「退仨」, 「有三个人来不了」.
_GIVEN_UP = (
    re.compile(
        rf"(?:只|就|先|要|想|给我|帮我)?(?:退|取消|不要|少)(?:掉|了|其中)?\s*{_NUMBER}(?!\s*(?:元|块|天|月|日|号|次|%|折|点|小时|分))"
    ),
    re.compile(
        rf"{_NUMBER}\s*{_UNIT}?人?(?:都)?\s*(?:来不了|去不了|不来|不去|走不了|不走|不要了|要退|想退|退了|退掉)"
    ),
)
_ONLY_SOME = re.compile(
    r"剩下|剩余|其余|其他|别的|另外|留着|照(?:去|旧|常)|只退|就退|有.{1,4}(?:来|去)不了|其中"
)


@dataclass(frozen=True, slots=True)
class Part:
    """What the part that is given up cost, of the `whole` that was paid."""

    whole: float
    cost: Calculation


def part_given_up(case: Frame) -> Part | None:
    """Return the part of one paid order that the customer gives up, None where not both counts are told."""
    records = [fold(own_words(t)) for t in case.conversation.turns if t.role == "system"]
    orders = [(c, p) for text in records for c in _COUNT.findall(text) for p in _PAID.findall(text)]
    said = fold("\n".join(turn.text for turn in case.conversation.customer_turns))
    if len(set(orders)) != 1 or not _ONLY_SOME.search(said):
        return None
    count, paid = int(orders[0][0]), float(orders[0][1])
    given_up = {n for pattern in _GIVEN_UP for m in pattern.finditer(said) if (n := parse_number(m[1]))}
    if len(given_up) != 1 or not 0 < (some := given_up.pop()) < count:
        return None
    return Part(paid, Calculation(cents(paid / count * some), f"{paid:g} ÷ {count} × {some:g}"))
