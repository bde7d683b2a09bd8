"""The numbers of a case by their names: what the records list and what was said, each with its own words.

A card says 「原价 25.00 元 活动价实付 18.80 元」 and 「剩余整月 6」: every number is read with the words
right before it, so that a rule's 「实付」 and 「剩余整月数」 find one of them and no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from copilot.language import fold
from copilot.quantities import Quantity, find_quantities
from copilot.suggestion.case.evidence import own_words
from copilot.suggestion.case.frame import Frame

_EDGE = re.compile(r"(?<!\d),|,(?!\d{3})|[，。;；|｜\n!?！？、()（）\[\]【】:：](?!\d\d\b)")
# A number of a record without a unit: a price in a list (「凉皮 20」), a count (「剩余整月 6」).
_BARE = re.compile(
    r"(?<![\d.:：/\-#*×a-z])(?:(?<!\d )(\d{1,5})|(\d{1,5}\.\d{1,2}))(?![\d.:：/%\-a-z#*]|\s*[一-鿿×x*a-z])"
)
_NAMES_SOMETHING = re.compile(
    r"尾号|单号|编号|号码|工号|电话|手机|流水|订单|线路|门牌|车牌|统编|座|排|版本|卡号"
)


def named_numbers(case: Frame) -> tuple[Quantity, ...]:
    """Return every number that the customer or a record names, labelled with the words before it."""
    found: list[Quantity] = []
    for turn in case.conversation.turns:
        if turn.role != "agent" and (text := fold(own_words(turn))):
            found += _named_in(text, turn.index, turn.role == "system")
    return (*found, *_bare_amounts(case, found))


def _bare_amounts(case: Frame, found: list[Quantity]) -> Iterator[Quantity]:
    """Amounts that only the evidence knows to be money (「扣我九十」)."""
    known = {(q.turn_index, q.value) for q in found}
    for quantity in case.evidence.quantities:
        own = (quantity.turn_index, quantity.value) not in known
        if own and not quantity.derived and quantity.dimension == "money":
            yield quantity


def labelled(text: str, index: int) -> tuple[Quantity, ...]:
    """Return the numbers with units of `text` (folded), each labelled with the words before it."""
    united = [q for q in find_quantities(text) if q.dimension != "clock" and not q.derived]
    return tuple(
        Quantity(q.value, q.dimension, q.start, q.end, _words_before(text, q, united), index) for q in united
    )


@lru_cache(maxsize=256)
def _named_in(text: str, index: int, is_record: bool) -> tuple[Quantity, ...]:
    """The named numbers of one turn; an answer asks for them some forty times."""
    united = labelled(text, index)
    return (*united, *_unitless(text, index, united)) if is_record else united


def _words_before(text: str, quantity: Quantity, others: Sequence[Quantity]) -> str:
    """The clause up to and with the number; another amount of money in it begins a new one."""
    begins = max((m.end() for m in _EDGE.finditer(text, 0, quantity.start)), default=0)
    money = [q.end for q in others if q.dimension == "money" and q.end <= quantity.start]
    return text[max([begins, *money]) : quantity.end].strip()


def _unitless(text: str, index: int, united: Sequence[Quantity]) -> Iterator[Quantity]:
    for match in _BARE.finditer(text):
        begins = max((m.end() for m in _EDGE.finditer(text, 0, match.start())), default=0)
        label = text[begins : match.end()].strip()
        taken = any(q.start <= match.start() < q.end for q in united)
        if taken or _NAMES_SOMETHING.search(label) or not re.search(r"[一-鿿]{2}|[a-z]{4}", label):
            continue
        yield Quantity(float(match[1] or match[2]), "money", match.start(), match.end(), label, index)


def shown_sums(case: Frame) -> tuple[Quantity, ...]:
    """Return the amounts of money that the records name, each labelled with the words before it."""
    sums = {q.value for q in case.evidence.quantities if q.dimension == "money"}
    return tuple(
        q
        for q in named_numbers(case)
        if q.dimension == "money" and q.value in sums and not is_spoken(q, case)
    )


def is_spoken(quantity: Quantity, case: Frame) -> bool:
    """Whether the customer named the number himself; otherwise a record did."""
    return case.conversation.turns[quantity.turn_index].role == "customer"
