"""The glossary of the grammar: nouns with plurals and measure words, verbs with their forms, adjectives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import yaml

# A shade above nothing, so that one long word beats two short ones.
_COST = 0.3
# A second meaning of a Chinese word is read only where nothing else fits.
_LATER = 0.05


@dataclass(frozen=True, slots=True)
class Entry:
    """One word as a pattern of `category`."""

    category: str
    source: str
    target: str
    cost: float = _COST


@dataclass(frozen=True, slots=True)
class _Word:
    """A line of the glossary: names in both languages, the measure word, how the plural goes."""

    english: tuple[str, ...]
    chinese: tuple[str, ...]
    measure: str
    mark: str

    @property
    def plurals(self) -> tuple[str, ...]:
        return self.english if self.mark in {"~", "*"} else tuple(plural(name) for name in self.english)


@dataclass(frozen=True, slots=True)
class _Verb:
    """Forms of an English verb."""

    base: str
    third: str
    participle: str
    gerund: str


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    text = files("copilot.suggestion.crossing").joinpath("crossing_words.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


@lru_cache(maxsize=1)
def never_names() -> frozenset[str]:
    """Return the words that are never left in their own letters as a name."""
    return frozenset(str(_data()["never_names"]).split())


@lru_cache(maxsize=1)
def case_matters() -> frozenset[str]:
    """Return the words that are other words with a capital."""
    return frozenset(str(_data()["case_matters"]).split())


@lru_cache(maxsize=2)
def glossary(direction: Literal["en-zh", "zh-en"]) -> tuple[Entry, ...]:
    """Return every word of the data file as patterns of one direction."""
    data = _data()
    irregular = dict(_irregular(str(data["irregular"])))
    nouns = [word for theme in data["nouns"].values() for word in _words(theme)]
    verbs = [(word, _forms(word.english[0], irregular)) for word in _words(data["verbs"])]
    adjectives = list(_words(data["adjectives"]))
    if direction == "en-zh":
        return (
            *_nouns_into_chinese(nouns),
            *_verbs_into_chinese(verbs),
            *_adjectives_into_chinese(adjectives),
        )
    return (*_nouns_into_english(nouns), *_verbs_into_english(verbs), *_adjectives_into_english(adjectives))


def _words(text: str) -> Iterator[_Word]:
    for entry in text.replace("\n", " ").split(";"):
        names, found, rest = entry.partition("=")
        if found:
            chinese, _, measure = rest.partition(" / ")
            mark = names.strip()[:1] if names.strip()[:1] in "~*!^" else ""
            yield _Word(_names(names.strip().lstrip("~*!^")), _names(chinese), measure.strip(), mark)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _irregular(text: str) -> Iterator[tuple[str, tuple[str, str]]]:
    for line in filter(str.strip, text.replace("\n", " ").split(";")):
        base, participle, gerund = re.split(r"\|" if "|" in line else r"\s+", line.strip())
        yield base, (participle, gerund)


def plural(noun: str) -> str:
    """Return the plural of an English noun."""
    for one, many in (("person", "people"), ("child", "children")):
        if noun.endswith(one):
            return noun[: -len(one)] + many
    head, of, rest = noun.partition(" of ")
    if of:
        return f"{plural(head)} of {rest}"
    return _with_s(noun)


def _with_s(word: str) -> str:
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search(r"(?:s|x|z|ch|sh)$", word) else "s")


def _forms(base: str, irregular: dict[str, tuple[str, str]]) -> _Verb:
    first, space, rest = base.partition(" ")
    third = _with_s(first) + space + rest
    if base in irregular:
        return _Verb(base, third, *irregular[base])
    stem = base.removesuffix("e")
    past = base[:-1] + "ied" if re.search(r"[^aeiou]y$", base) else f"{stem}ed"
    return _Verb(base, third, past, f"{stem}ing")


def _nouns_into_chinese(nouns: Iterable[_Word]) -> Iterator[Entry]:
    """N: any number; NX: singular, before another noun; CN and CNS: one or several with the measure word."""
    for word in nouns:
        said = word.chinese[0]
        counted = (word.measure or "个") + (said if said != word.measure else "")
        for one, many in zip(word.english, word.plurals, strict=True):
            if word.mark != "!":
                yield from (Entry("N", name, said) for name in {one, many})
                yield Entry("NX", one, said)
            yield Entry("CN", one, counted)
            yield Entry("CNS", many, counted)


def _verbs_into_chinese(verbs: Iterable[tuple[_Word, _Verb]]) -> Iterator[Entry]:
    for word, forms in verbs:
        said = word.chinese[0]
        for form in {forms.base, forms.third}:
            yield Entry("V", form, said)
        yield Entry("PP", forms.participle, said)
        yield Entry("VG", forms.gerund, said)


def _adjectives_into_chinese(adjectives: Iterable[_Word]) -> Iterator[Entry]:
    for word in adjectives:
        for name in word.english:
            yield Entry("ADJ", name, word.chinese[0])


def _nouns_into_english(nouns: Iterable[_Word]) -> Iterator[Entry]:
    """N: singular, NV: an act, NS: plural."""
    for word in nouns:
        category = "NV" if word.mark == "^" else "N"
        for order, chinese in enumerate(word.chinese):
            cost = _COST + _LATER * (order > 0)
            plain = re.sub(r"（.*）", "", chinese)
            yield Entry(category, plain, word.english[0], cost)
            yield Entry("NS", plain, word.plurals[0], cost)


def _verbs_into_english(verbs: Iterable[tuple[_Word, _Verb]]) -> Iterator[Entry]:
    for word, forms in verbs:
        for order, chinese in enumerate(word.chinese):
            cost = _COST + _LATER * (order > 0)
            yield Entry("V", chinese, forms.base, cost)
            yield Entry("PP", chinese, forms.participle, cost)
            yield Entry("VG", chinese, forms.gerund, cost)


def _adjectives_into_english(adjectives: Iterable[_Word]) -> Iterator[Entry]:
    for word in adjectives:
        for chinese in word.chinese:
            yield Entry("ADJ", chinese, word.english[0])
