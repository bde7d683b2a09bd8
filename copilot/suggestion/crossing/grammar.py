"""Reads a phrase of service rules by patterns with slots, and says it by the pattern of the other language.

A small synchronous grammar: every category lists patterns `source => target`; a phrase is translated only
where one derivation covers all of it. The cheapest derivation (fewest patterns, fewest unknown names) wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Literal

import yaml

from copilot.suggestion.crossing.words import Entry, case_matters, glossary, never_names

__all__ = ["Direction", "categories", "parse"]

Direction = Literal["en-zh", "zh-en"]
_TOKENS: dict[Direction, re.Pattern[str]] = {
    "en-zh": re.compile(
        r"\d+(?:[.,:]\d+)*|(?:HK|NT|US|S)\$|[A-Za-z][\w.+]*[A-Za-z0-9+](?:n['’]t)?|['’]s\b|[A-Za-z]|\S"
    ),
    "zh-en": re.compile(r"\d+(?:[.,:]\d+)*|(?:HK|NT|US|S)\$|[A-Za-z][A-Za-z0-9+-]*|\S"),
}
_SLOT = re.compile(r"\{([A-Z]+)(\d*)\}")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_CLOCK = re.compile(r"\d{1,2}:\d{2}")
_NAME_COST = 4.0
_LONGEST_NAME = 8
_GIVEN_TO = frozenset("给到向由")
# A name beside a sum has none of these: they say which way the money goes, or that it does not.
_TURNING = frozenset("不没无未免非勿除禁退赔补扣收付减送加超给到向由另再仅只限满起前后内外每按或和与至若如")
_HAN = re.compile(r"[㐀-鿿]")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a phrase of `category`; `name` tells two of the same category apart."""

    category: str
    name: str


@dataclass(frozen=True, slots=True)
class Rule:
    """How a category is said: source elements (a word or a slot), and the target with the same slots."""

    source: tuple[str | Slot, ...]
    target: str
    cost: float = 1.0


@dataclass(frozen=True, slots=True)
class Grammar:
    """The patterns of one direction: by category, those that begin with a word under that word."""

    direction: Direction
    worded: Mapping[str, Mapping[str, tuple[Rule, ...]]]
    slotted: Mapping[str, tuple[Rule, ...]]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a span says, and how far-fetched the reading is."""

    cost: float
    text: str


def parse(text: str, direction: Direction) -> str | None:
    """Return the phrase in the other language, None where no derivation covers it."""
    tokens = tuple(_TOKENS[direction].findall(text))
    if not tokens:
        return None
    chart = _Chart(grammar(direction), tokens)
    reading = chart.readings("TOP", 0).get(len(tokens))
    return _spaced(reading.text, direction) if reading is not None else None


def categories(direction: Direction) -> frozenset[str]:
    """Return the categories that have patterns, for tests of the data."""
    known = grammar(direction)
    return frozenset({*known.worded, *known.slotted})


@dataclass(slots=True)
class _Chart:
    """Readings by category and start, each computed once."""

    grammar: Grammar
    tokens: tuple[str, ...]
    known: dict[tuple[str, int], dict[int, _Reading]] = field(default_factory=dict)

    def readings(self, category: str, start: int) -> dict[int, _Reading]:
        """Return the best reading of `category` from `start` for each end."""
        key = (category, start)
        if key in self.known:
            return self.known[key]
        found: dict[int, _Reading] = {}
        self.known[key] = found
        if start >= len(self.tokens):
            return found
        for end, reading in self._built_in(category, start):
            _keep(found, end, reading)
        word = _key(self.tokens[start])
        for rule in self.grammar.worded.get(category, {}).get(word, ()):
            self._apply(rule, start, found)
        for rule in self.grammar.slotted.get(category, ()):
            self._apply(rule, start, found)
        return found

    def _apply(self, rule: Rule, start: int, found: dict[int, _Reading]) -> None:
        for end, cost, filled in self._expand(rule.source, start):
            text = rule.target
            for name, value in filled:
                text = text.replace(f"{{{name}}}", value)
            _keep(found, end, _Reading(rule.cost + cost, text))

    def _expand(
        self, elements: Sequence[str | Slot], start: int
    ) -> Iterator[tuple[int, float, tuple[tuple[str, str], ...]]]:
        if not elements:
            yield start, 0.0, ()
            return
        first, rest = elements[0], elements[1:]
        if isinstance(first, str):
            if start < len(self.tokens) and _key(self.tokens[start]) == first:
                yield from self._expand(rest, start + 1)
            return
        for middle, reading in tuple(self.readings(first.category, start).items()):
            for end, cost, filled in self._expand(rest, middle):
                yield end, cost + reading.cost, ((first.name, reading.text), *filled)

    def _built_in(self, category: str, start: int) -> Iterator[tuple[int, _Reading]]:
        token = self.tokens[start]
        if (category == "NUM" and _DIGITS.fullmatch(token)) or (
            category == "CLOCK" and _CLOCK.fullmatch(token)
        ):
            yield start + 1, _Reading(0.1, token)
        elif category == "NAME" and self._is_name(start):
            yield start + 1, _Reading(_NAME_COST, token)
        elif category == "HANS":
            yield from self._quoted_han(start, _GIVEN_TO)
        elif category == "HANX" and self.tokens[start] not in _GIVEN_TO:
            yield from self._quoted_han(start, _TURNING)
        elif category == "PROPER" and start == 0 and _is_proper(token):
            yield start + 1, _Reading(_NAME_COST, token)

    def _quoted_han(self, start: int, without: frozenset[str]) -> Iterator[tuple[int, _Reading]]:
        """Up to eight Chinese characters that stay as they are (a name, in quotes by its pattern)."""
        for end in range(start + 1, min(len(self.tokens), start + _LONGEST_NAME) + 1):
            if not _HAN.fullmatch(self.tokens[end - 1]) or self.tokens[end - 1] in without:
                return
            yield end, _Reading(_NAME_COST, "".join(self.tokens[start:end]))

    def _is_name(self, start: int) -> bool:
        """A word that stays in Latin letters: capitals within the sentence, or a code anywhere."""
        token = self.tokens[start]
        if not re.fullmatch(r"[A-Za-z][\w.+-]*", token):
            return False
        if self.grammar.direction == "zh-en":
            return True
        capitals = sum(c.isupper() for c in token)
        if token.lower() in never_names():
            return False
        inside = start > 0 and re.fullmatch(r"[\w)]+", self.tokens[start - 1]) is not None
        return capitals > 1 or (inside and token[0].isupper() and len(token) > 1)


def _key(token: str) -> str:
    """The token as patterns write it; a capital is kept where it makes another word."""
    low = token.lower()
    return token if token != low and low in case_matters() else low


def _is_proper(token: str) -> bool:
    """Whether a piece may begin with this word as a name: never one that turns what follows."""
    return re.fullmatch(r"[A-Z][a-z]+", token) is not None and token.lower() not in never_names()


def _keep(found: dict[int, _Reading], end: int, reading: _Reading) -> None:
    if end not in found or reading.cost < found[end].cost:
        found[end] = reading


_TIGHT = re.compile(r"(?<=[㐀-鿿，。；：（）、])\s+|\s+(?=[㐀-鿿，。；：（）、])")
_SECOND_ARTICLE = re.compile(r"\bthe (this|your|our|all|any|every|part|the)\b")
_AMOUNT = re.compile(r"(?<=[㐀-鿿])(?=[A-Z]{3} \d)|(?<=\d)(?=[A-Z]{3}\b)")


def _spaced(text: str, direction: Direction) -> str:
    if direction == "en-zh":
        return _AMOUNT.sub(" ", _TIGHT.sub("", text))
    text = _SECOND_ARTICLE.sub(r"\1", text)
    return re.sub(r"\s+([,.;:)])", r"\1", re.sub(r"\s{2,}", " ", text)).strip()


@lru_cache(maxsize=2)
def grammar(direction: Direction) -> Grammar:
    """Return the patterns of the data file and the words of the glossary in one grammar."""
    text = files("copilot.suggestion.crossing").joinpath("crossing.yaml").read_text(encoding="utf-8")
    data: dict[str, dict[str, str]] = yaml.safe_load(text)
    rules: dict[str, list[Rule]] = {}
    for category, lines in data[direction].items():
        for line in lines.strip().splitlines():
            rules.setdefault(category, []).extend(_rules(line, direction))
    for entry in glossary(direction):
        rules.setdefault(entry.category, []).append(_word_rule(entry, direction))
    return _indexed(direction, rules)


def _rules(line: str, direction: Direction) -> Iterable[Rule]:
    """A line: alternatives of the source, parted by 「 | 」, an arrow, the target; `#n` sets a cost."""
    body, _, cost = line.partition(" #")
    left, _, right = body.partition("=>")
    for alternative in left.split(" | "):
        yield Rule(_elements(alternative, direction), right.strip(), float(cost) if cost else 1.0)


def _word_rule(entry: Entry, direction: Direction) -> Rule:
    return Rule(_elements(entry.source, direction), entry.target, entry.cost)


def _elements(text: str, direction: Direction) -> tuple[str | Slot, ...]:
    elements: list[str | Slot] = []
    position = 0
    for match in _SLOT.finditer(text):
        elements += _literals(text[position : match.start()], direction)
        elements.append(Slot(match[1], match[1] + match[2]))
        position = match.end()
    elements += _literals(text[position:], direction)
    return tuple(elements)


def _literals(text: str, direction: Direction) -> list[str]:
    return [token.lower() for token in _TOKENS[direction].findall(text)]


def _indexed(direction: Direction, rules: Mapping[str, Sequence[Rule]]) -> Grammar:
    worded: dict[str, dict[str, tuple[Rule, ...]]] = {}
    slotted: dict[str, tuple[Rule, ...]] = {}
    for category, listed in rules.items():
        under: dict[str, tuple[Rule, ...]] = {}
        for rule in listed:
            first = rule.source[0]
            if isinstance(first, str):
                under[first] = (*under.get(first, ()), rule)
            else:
                slotted[category] = (*slotted.get(category, ()), rule)
        worded[category] = under
    return Grammar(direction, worded, slotted)
