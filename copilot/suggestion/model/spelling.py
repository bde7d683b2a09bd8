"""Figures that hide from a reader of digits, and letters that only look like those of the language."""

from __future__ import annotations

import re
import unicodedata

from copilot.language import fold

# Letters and marks of Chinese and English service talk; anything else must stand in the evidence.
_ORDINARY = re.compile(
    r"[\x20-\x7e\n\u00a0\u00b0\u00b7\u00d7\u00f7£€¥₩°℃±²³\u00c0-\u017f"
    r"\u2010-\u2015\u2018-\u201d\u2026\u2190-\u2193\u2212\u2264\u2265\u3000-\u301f\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff5e\uffe5]"
)
# Digits kept apart: 「2 3 7」, "1'2'5'0"; and in words 「幺三九」.
_APART = re.compile(r"(?<![\d.])\d(?:[\s'’,，、·._~-]{1,2}\d(?!\d)){2,}")
_SPOKEN_DIGITS = re.compile(r"[零〇一二两三四五六七八九幺]{3,}|[壹贰叁肆伍陆柒捌玖拾佰仟萬]+")
_SHORT_THOUSANDS = re.compile(r"(?<![a-z\d.])\d+(?:\.\d+)?\s?[wk](?![a-z])")


def is_strange(text: str, known: str) -> bool:
    """Whether `text` has a character that neither its language nor `known` uses."""
    return any(not _ORDINARY.match(character) and character not in known for character in text)


def hidden_figures(text: str) -> frozenset[str]:
    """Return the figures of `text` that are not written as a plain number, folded, without white space."""
    folded = fold(unicodedata.normalize("NFKC", text))
    found = (m.group() for part in (_APART, _SPOKEN_DIGITS, _SHORT_THOUSANDS) for m in part.finditer(folded))
    return frozenset("".join(figure.split()) for figure in found)
