"""What of an agent's text binds the client: sentences and the acts in them, by phrases (commitments.yaml)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from copilot.language import fold

# A full stop between digits is no end: 「£1.50」.
_SENTENCE = re.compile(r"(?:[^。;；\n!?！？.]|\.(?!\s|$))+(?P<end>[?？]?)")
# 「get £20 back」 is money back.
_BACK = re.compile(r"\b(?:get|receive|have|see)\b[^.]{0,30}\d[^.]{0,12}\bback\b")
# 「分12期」 is said of instalments as much as 「分期」 is.
_INSTALMENTS = re.compile(r"分(?:成|为|做)?\s*(\d+|[一二两三四五六七八九十]+)\s*期")


@dataclass(frozen=True, slots=True)
class Commitment:
    """An act granted: its words, also folded, and where in them it binds (`start`, -1: said before)."""

    quote: str
    folded: str
    start: int


@lru_cache(maxsize=1)
def _phrases() -> dict[str, re.Pattern[str]]:
    raw: dict[str, Any] = yaml.safe_load(
        files("copilot").joinpath("commitments.yaml").read_text(encoding="utf-8")
    )
    grants = "|".join(f"(?:{way})" for way in raw.pop("grants"))
    return {"grants": re.compile(grants), **{name: re.compile(way) for name, way in raw.items()}}


def read_commitments(text: str) -> tuple[tuple[Commitment, ...], ...]:
    """Return what each binding sentence of `text` grants: the sentence, then each of the acts it joins."""
    found = (_of_sentence(m.group().strip(), m.group("end")) for m in _SENTENCE.finditer(text))
    return tuple(acts for acts in found if acts)


def speaks_of_every_fee(folded: str) -> bool:
    """Return whether a folded sentence speaks of all fees at once (「任何费用」, "any fees")."""
    return bool(_phrases()["every"].search(folded))


def _of_sentence(sentence: str, end: str) -> tuple[Commitment, ...]:
    said, phrases = _folded(sentence), _phrases()
    question = bool(end) and phrases["asks"].search(said)
    binds = phrases["grants"].search(said)
    if binds is None or question or phrases["submits"].search(said):
        return ()
    whole = () if phrases["denies"].search(said) else (Commitment(sentence, said, binds.start()),)
    parts = [part.strip() for part in phrases["joins"].split(sentence)]
    return whole if len(parts) < 2 else (*whole, *_of_parts(parts))


def _of_parts(parts: list[str]) -> tuple[Commitment, ...]:
    """The parts that bind by themselves or go on after one that does."""
    found: list[Commitment] = []
    binding = False
    for part in parts:
        said = _folded(part)
        binds, denies = _phrases()["grants"].search(said), _phrases()["denies"].search(said)
        binding = (binding or binds is not None) and denies is None
        if binding:
            found.append(Commitment(part, said, binds.start() if binds else -1))
    return tuple(found)


def _folded(text: str) -> str:
    said = _INSTALMENTS.sub(r"分期\1期", fold(text))
    return f"{said} money back" if _BACK.search(said) else said
