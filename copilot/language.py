"""One way to compare text: Traditional and Simplified, full and half width, upper and lower case meet.

`fold` keeps the length, so that a position found in the folded text is the position in the original
and every quote can be cut from the customer's own words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from opencc import OpenCC

from knowledge.text import fold

__all__ = ["Language", "detect_language", "fold", "in_script", "language_of", "quotable"]

Language = Literal["zh-Hans", "zh-Hant", "en"]

_HAN = re.compile(r"[㐀-鿿豈-﫿]")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z']+")
# The two scripts share these: what is Simplified of one word is written so in Traditional text of another.
_IN_BOTH = frozenset(
    "里干几云台松系谷丑斗准占群却吃余于并叶冲宁朴辟郁据杰游布丰岳旋仆家划回借志咽喂秘咨涌扎表灶痴烟吊岩欲峰凶"
)
# Of these, what our own words bring into a clause that says nothing else about its script.
_AMONG = frozenset("里几干面")
_CANTONESE = "嗎吶囉喔啲嘅咗喺佢冇哋"
_CLAUSES = re.compile(r"([\s，。！？；：、（）「」『』“”《》,;:!?()|]+)")


def quotable(text: str) -> str:
    """Return `text` as quotes are compared: NFKC, without white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@lru_cache(maxsize=64)
def language_of(tag: str) -> Language:
    """Return the language of a tag such as a client's settings name (zh-TW, en-GB)."""
    parts = set(re.split("[-_]", tag.lower()))
    if "en" in parts:
        return "en"
    is_traditional = "hans" not in parts and not parts.isdisjoint({"hant", "tw", "hk", "mo"})
    return "zh-Hant" if is_traditional else "zh-Hans"


def detect_language(text: str, otherwise: Language = "zh-Hans") -> Language:
    """Return the language of `text`; `otherwise` where nothing tells, Simplified where that is no Chinese."""
    han = len(_HAN.findall(text))
    words = len(_LATIN_WORD.findall(text))
    if words > han:
        return "en"
    if not han:
        return otherwise
    script = _script(text)
    return script or (otherwise if otherwise != "en" else "zh-Hans")


def _script(text: str) -> Language | None:
    """The script that most telling characters belong to."""
    simplified, traditional = _telling()
    more = sum((character in traditional) - (character in simplified) for character in text)
    return None if not more else "zh-Hant" if more > 0 else "zh-Hans"


@lru_cache(maxsize=1)
def _telling() -> tuple[frozenset[str], frozenset[str]]:
    """Characters of Simplified, and of Traditional text alone: those that a conversion changes."""
    ideographs = [chr(code) for code in range(0x4E00, 0xA000)]
    simplified, traditional = (_changed(ideographs, direction) for direction in ("s2t", "t2s"))
    shared = (simplified & traditional) | _IN_BOTH
    return frozenset(simplified - shared), frozenset(traditional - shared).union(_CANTONESE)


def _changed(characters: Sequence[str], direction: str) -> set[str]:
    converted = str(_converter(direction).convert("\n".join(characters))).split("\n")
    return {before for before, after in zip(characters, converted, strict=True) if before != after}


@lru_cache(maxsize=3)
def _converter(direction: str) -> OpenCC:
    return OpenCC(direction)


@lru_cache(maxsize=2048)
def in_script(text: str, language: str) -> str:
    """Return Chinese `text` in the script of `language`; other languages leave it as it is.

    A clause that is in that script already keeps its characters: a conversion knows words, and would write a
    client's own 並發 as 併發.
    """
    if language not in {"zh-Hans", "zh-Hant"}:
        return text
    if language == "zh-Hans":
        return str(_converter("t2s").convert(text))
    among = _IN_BOTH if _script(text) == "zh-Hans" else _AMONG
    return "".join(
        str(_converter("s2tw").convert(clause)) if _is_foreign(clause, among) else clause
        for clause in _CLAUSES.split(text)
    )


def _is_foreign(clause: str, among: frozenset[str]) -> bool:
    """Whether a clause is not written in Traditional characters; those of `among` are taken as Simplified."""
    simplified, traditional = _telling()
    if not simplified.isdisjoint(clause):
        return True
    return traditional.isdisjoint(clause) and not among.isdisjoint(clause)
