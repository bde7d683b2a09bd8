"""What a sieve lets pass: everything that a plain search would find, and little else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.language import fold
from copilot.signals.emergency.rules import rule_base
from copilot.signals.material import material
from copilot.signals.sieve import Sieve, literals

SAMPLES = Path(__file__).parents[3] / "evals" / "data" / "samples"
FILES = {
    "facts": ("sentences", "conditions", "quantity", "roles"),
    "promise": ("promise", "english"),
    "reasked": ("conditions",),
    "stock_phrase": ("filler", "substance", "numbers", "person", "given", "committed"),
    "unanswered": ("conditions", "asks", "answers"),
}


def possible(source: str, text: str, flags: int = 0) -> bool:
    return bool(Sieve.of([re.compile(source, flags)]).possible(text))


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        ("退款", {"退款"}),
        ("退[给回]", {"退给", "退回"}),
        ("没(?:收到|送到)", {"没收到", "没送到"}),
        ("退(?:款)?", {"退", "退款"}),
        (r"\b(?:refund|credit)ed\b", {"refunded", "credited"}),
        ("(?<=订)单号", {"单号"}),
        ("我.{0,4}赔", {"我"}),
        ("(?:我|你)+", {"我", "你"}),
        ("(?:ab){2}", {"ab"}),
    ],
)
def test_the_literals_of_a_pattern_are_read_from_it(source: str, needed: set[str]) -> None:
    assert literals(re.compile(source)) == needed


@pytest.mark.parametrize(
    "source", [".*", "^$", "(?:退款)?", "[^退]", "(?:退款|)", r"\w+", "(退)?(?(1)款|钱)"]
)
def test_a_pattern_that_can_do_without_any_literal_always_passes(source: str) -> None:
    assert literals(re.compile(source)) is None
    assert possible(source, "好")


def test_letters_that_may_be_large_or_small_are_not_relied_on() -> None:
    assert possible("refund", "REFUND", re.IGNORECASE)
    assert possible("(?i:refund)", "REFUND")


def test_any_digit_is_a_digit() -> None:
    assert possible(r"\d", "٣")
    assert not possible(r"\d", "三")
    assert possible(r"[\d半]", "半")


def test_a_text_without_the_literals_is_not_searched() -> None:
    assert not possible("退款(?:给您|到账)", "马上给您退 款到账")
    assert not possible(r"\bbroken\b", "the bro ken glass")


def test_a_latin_literal_is_looked_for_where_its_letters_stand() -> None:
    assert possible("refund", "my refund")
    assert not possible("refund", "ref und fun")
    assert possible("a\tb", "a\tb")
    assert possible("no", "no")


def test_the_bits_are_the_numbers_of_the_patterns() -> None:
    sieve = Sieve.of([re.compile(source) for source in ("退款", ".", "换货")])
    assert sieve.possible("换货") == 0b110
    assert sieve.possible("") == 0b010


PIECES = st.sampled_from(
    ["a", "b", "ab", "c", "[ab]", "[^a]", r"\d", ".", "^", "$", r"\b", "(?=a)", "(?<=b)", "(?!c)"]
)
PATTERNS = st.recursive(
    PIECES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda both: f"(?:{both[0]}|{both[1]})"),
        st.tuples(inner, st.sampled_from(["?", "*", "+", "{2}", "{1,2}", "*?"])).map(
            lambda p: f"(?:{p[0]}){p[1]}"
        ),
        inner.map(lambda one: f"({one})"),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(PATTERNS, st.text("abc1 ", max_size=8))
def test_whatever_a_search_finds_was_possible(source: str, text: str) -> None:
    pattern = re.compile(source)
    assert pattern.search(text) is None or Sieve.of([pattern]).possible(text)


def sayings() -> list[str]:
    """Turns of the recorded conversations, folded."""
    paths = sorted(SAMPLES.glob("conversations_*.jsonl"))
    lines = [line for path in paths for line in path.read_text("utf-8").splitlines()]
    return [fold(turn["text"]) for line in lines[::4] for turn in json.loads(line)["turns"]]


@pytest.mark.parametrize("name", FILES)
def test_every_pattern_of_the_word_files_is_found_as_by_a_plain_search(name: str) -> None:
    source = material(name)
    places = [
        (section, key)
        for section in FILES[name]
        for key in (source.data[section] if isinstance(source.data[section], dict) else [""])
    ]
    for text in sayings():
        sifted = source.sifted(text)
        for section, key in places:
            plain = source.pattern(section, key) if key else source.pattern(section)
            assert sifted.has(text, section, key) == (plain.search(text) is not None), (section, key, text)
            assert sifted.may(section, key) == (key in sifted.keys(section))


def test_the_alternatives_of_facts_are_found_as_by_a_plain_search() -> None:
    source = material("facts")
    for text in sayings():
        sifted = source.sifted(text)
        for section in ("slots", "money"):
            for key in source.data[section]:
                found = [pattern for pattern in source.patterns(section, key) if pattern.search(text)]
                assert [p for p in sifted.alternatives(section, key) if p.search(text)] == found


def test_no_pattern_of_the_rule_base_loses_a_match() -> None:
    lexicon = rule_base().lexicon
    for text in sayings():
        bits = lexicon.sieve.possible(text)
        missed = [
            name for at, (name, p) in enumerate(lexicon.patterns) if p.search(text) and not bits >> at & 1
        ]
        assert missed == []


def test_a_pasted_log_is_searched_for_everything() -> None:
    assert material("facts").sifted("啊" * 9_000).may("sentences", "demand")
