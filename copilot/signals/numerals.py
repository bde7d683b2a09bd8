"""Numbers as people write them: 58.9, 1,200, 三十, 两百五, 一万二, 4块8, eight."""

from __future__ import annotations

import re
from decimal import Decimal

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0, "俩": 2, "仨": 3}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_ENGLISH = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
        ]
    )
} | {"twenty": 20, "thirty": 30, "forty": 40, "sixty": 60, "ninety": 90, "a": 1, "an": 1, "half": 0}

CHINESE_NUMBER = "[零〇一二两俩仨三四五六七八九十百千万半]+"
# Digits with a scale behind them (1.5万, 1万5, 2千3), not the units that begin with one (3千米).
MIXED_NUMBER = r"\d{1,4}(?:\.\d{1,4})?[万千](?![米克瓦卡万千])(?:[1-9][千百]?(?![\d.,]))?"


# Well-formed numbers from eleven on (三百四十六, 一千零五, 一万二): neither 千万 "by no means" nor 一五一十.
_ONE, _MORE = "[一二两三四五六七八九]", "[二三四五六七八九]"
_TENS = f"(?:零?{_ONE}?十)?(?:零?{_ONE})?"
_THOUSANDS = f"(?:{_ONE}千(?:零?{_ONE}百)?{_TENS}|{_ONE}百{_TENS}|{_MORE}十{_ONE}?|十{_ONE})"
_SPELLED = re.compile(
    f"(?<!分之)(?:(?<![\\d.,]){MIXED_NUMBER}|(?:{_THOUSANDS}|{_ONE}|十)万(?:零?{_THOUSANDS}|{_ONE})?|{_THOUSANDS})"
)


def in_digits(text: str) -> str:
    """Return `text` with the Chinese numbers from ten on in digits: 三百四十六一晚 → 346一晚, 1.5万 → 15000.

    A single numeral after a whole number belongs to the words behind it (「一百六一张」: 160 一张).
    """
    return _SPELLED.sub(_digits, text)


def _digits(found: re.Match[str]) -> str:
    number = parse_number(found[0])
    return found[0] if number is None else plain(number)


def parse_number(text: str) -> Decimal | None:
    """Return the number that `text` writes in digits, Chinese or English, else None."""
    plain = text.replace(",", "").strip()
    if plain.replace(".", "", 1).isdigit() and plain.isascii():
        return Decimal(plain)
    if plain in _ENGLISH:
        return Decimal(_ENGLISH[plain])
    if mixed := _MIXED.fullmatch(plain):
        return _of_mixed(*mixed.groups())
    return _parse_chinese(plain)


_SCALES = {"百": 100, "千": 1000, "万": 10000}
_MIXED = re.compile(r"(\d+(?:\.\d+)?)([万千])(?:(\d)([千百]?))?")


def _of_mixed(head: str, scale: str, digit: str | None, unit: str | None) -> Decimal:
    """1.5万 is 15,000; a digit alone counts tenths of the scale (1万5), with its own unit that (1万5千)."""
    low = Decimal(digit or 0) * (_SCALES[unit] if unit else _SCALES[scale] // 10)
    return Decimal(head) * _SCALES[scale] + low


def plain(number: Decimal) -> str:
    """Return `number` without trailing zeros and without an exponent: 4.80 → 4.8."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _parse_chinese(text: str) -> Decimal | None:
    if not text or any(c not in DIGITS and c not in _UNITS and c not in "万半" for c in text):
        return None
    if text == "半":
        return Decimal("0.5")
    if all(c in DIGITS for c in text):
        return Decimal("".join(str(DIGITS[c]) for c in text))
    head, ten_thousand, tail = text.partition("万")
    if ten_thousand:
        return _with_ten_thousands(head, tail)
    return _below_ten_thousand(text)


def _with_ten_thousands(head: str, tail: str) -> Decimal | None:
    high = _below_ten_thousand(head)
    if high is None:
        return None
    if len(tail) == 1 and tail in DIGITS:  # 一万二 is 12,000
        return high * 10000 + DIGITS[tail] * 1000
    low = _below_ten_thousand(tail) if tail else Decimal(0)
    return None if low is None else high * 10000 + low


def _below_ten_thousand(text: str) -> Decimal | None:
    total, digit, last_unit = 0, 0, 1
    for character in text:
        if character in DIGITS:
            digit = DIGITS[character]
            last_unit = last_unit if character not in "零〇" else 10  # 一百零五 is 105, 一百五 is 150
        elif character in _UNITS:
            last_unit = _UNITS[character]
            total += (digit or 1) * last_unit
            digit = 0
        else:
            return None
    if digit and last_unit > 10 and text[-2:-1] in _UNITS:
        digit *= last_unit // 10
    return Decimal(total + digit)
