"""Whether a sum is what the customer pays: nobody grants that, so no limit of the agent's applies to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import inf

from copilot.language import fold
from copilot.quantities import clause_around, find_bounds

# What goes to the customer, or is not taken from him.
_GIVEN = re.compile(
    r"退|返|补|赔|免|减|券|红包|抵|给您|给(?:乘|顾|客|用|住|会)|购物金|积分|点数|差额|差价|报销|"
    r"refund|waive|credit|voucher|compens|\bback\b|free|reimburs|discount|\boff\b"
)
# What he pays: of the words of a rule, and of the head of a column.
_PAID = re.compile(
    r"费用|手续费|收费|收取|加收|另收|只收|收\s*\d|违约金|滞纳金|罚|扣款|扣除|自己付|自付|自理|自费|价格|单价|总价|定价|售价|房价|票价|租金|押金|"
    r"每[^,，。;；\d]{0,6}(?:收|付|要)|[\u4e00-\u9fff]费\s*\d|"
    r"\bfees?\b|\bprices?\b|\bcharges?\b|\bcosts?\b|\bpays?\b|\bpenalty\b"
)

# What brackets add (「手续费(原租客付,一次)200 元」) would part the sum from its name.
_ASIDE = re.compile(r"[(（][^()（）\d]*[)）]")


def is_paid_by_customer(told: str, amount: float, about: Sequence[str] = ()) -> bool:
    """Return whether `told` (a rule, its cells after their headers) names `amount` as a price or a fee.

    Where the clause of the amount says neither that it is paid nor that it is given, the first of `about`
    (lead-in, headings, title: the nearest first) that does.
    """
    folded = _ASIDE.sub("", fold(told))
    clauses = [
        clause_around(folded, b.start, b.end)
        for b in find_bounds(folded)
        if b.dimension == "money" and amount in {b.low, b.high} and abs(b.low) < inf
    ]
    for text in (" ".join(clauses) or folded, *map(fold, about)):
        if _GIVEN.search(text):
            return False
        if _PAID.search(text):
            return True
    return False
