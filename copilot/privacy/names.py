"""Chinese names, by surname, given characters and the words around them; nothing is learnt or loaded big.

A name leaves little trace in a text: what is not told by the words around it is mostly missed, on purpose,
because a product or a feeling taken for a name would be masked too (names.yaml has the words).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import jieba
import yaml

# What the words around a name say of it: the less, the more it has to look like one.
Proof = Literal["announced", "titled", "possible", "nick"]
# Between a word that announces a name and the name.
_LINK = r"[是为的::\s]{0,3}"
_HAN = r"[一-鿿]"


def find_names(text: str, surnames: str) -> Iterator[tuple[int, int]]:
    """Yield where names stand in folded text; `surnames` is an alternation. Places may overlap."""
    for pattern, proof in _rules(surnames):
        for match in pattern.finditer(text):
            if _holds(text, *match.span("v"), proof):
                yield match.span("v")


def _holds(text: str, start: int, end: int, proof: Proof) -> bool:
    """Whether the characters are a name rather than words that look like one."""
    name, words = text[start:end], _words()
    if proof == "nick":
        return True
    if {name, name[:2]} & words.never or name in words.ordinary:
        return False
    if proof == "announced":
        return True
    if text[max(0, start - 1) : start + 1] in words.ordinary | words.never or name[:2] in words.ordinary:
        return False
    return proof == "titled" or len(name) > 2 or name in words.names


class _Words:
    """What the dictionary of the segmenter knows: words, and names among them."""

    def __init__(self, never: frozenset[str]) -> None:
        self.never = never
        ordinary: set[str] = set()
        names: set[str] = set()
        with Path(jieba.__file__).with_name("dict.txt").open(encoding="utf-8") as lines:
            for line in lines:
                word, _, tag = line.rstrip().split(" ")
                if 2 <= len(word) <= 3:
                    (names if tag.startswith("nr") else ordinary).add(word)
        self.ordinary, self.names = frozenset(ordinary), frozenset(names)


@lru_cache(maxsize=1)
def _raw() -> dict[str, str]:
    raw: dict[str, str] = yaml.safe_load(files("copilot.privacy").joinpath("names.yaml").read_text("utf-8"))
    return raw


@lru_cache(maxsize=1)
def _words() -> _Words:
    return _Words(frozenset(_raw()["never"].split()))


@lru_cache(maxsize=1)
def _rules(surname: str) -> tuple[tuple[re.Pattern[str], Proof], ...]:
    """Return the patterns, the surest first, each with how much its name has to prove."""
    raw = _raw()
    given = f"[{''.join(raw['given'].split())}]"
    words = {name: _alternation(raw[name]) for name in raw if name not in {"given", "never"}}
    name = f"(?P<v>{surname}{given}{{1,2}})"
    ends = rf"(?={words['follows']}|{words['titles']}|[^一-鿿]|$|的|和|与|是|在|她|他|被)"
    return (
        (re.compile(rf"{words['certain']}{_LINK}{name}"), "announced"),
        (re.compile(rf"(?P<v>{surname}{given}{{0,2}})(?={words['titles']})"), "titled"),
        (re.compile(rf"(?<!{_HAN}){name}(?=[\s,，、:：]{{1,3}}(?:\+?\d|\[))"), "announced"),
        (re.compile(rf"{words['possible']}{_LINK}{name}{ends}"), "possible"),
        (re.compile(rf"{words['possible']}{_LINK}{name}(?={words['follows']})"), "announced"),
        (re.compile(rf"(?<!{_HAN}){name}(?={words['follows']})"), "announced"),
        (re.compile(rf"(?<!{_HAN}){name}(?=:)"), "possible"),
        (re.compile(rf"{name}(?={words['follows']})"), "possible"),
        (re.compile(rf"和{name}(?!{_HAN})"), "possible"),
        (
            re.compile(
                rf"{words['nick_before']}(?P<v>[老小阿](?:{surname}|{given}))(?={words['nick_after']}|$)"
            ),
            "nick",
        ),
    )


def _alternation(words: str) -> str:
    return "(?:" + "|".join(sorted(map(re.escape, words.split()), key=len, reverse=True)) + ")"
