from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from copilot.signals.emergency.text import MAX_CHARACTERS, normalise


@given(st.text(max_size=200), st.integers(0, 200), st.integers(1, 50))
def test_every_quote_is_a_piece_of_the_original(text, start, length):
    read = normalise(text)
    end = min(start + length, len(read.text))
    assert read.quote(min(start, end), end) in text


def test_separators_between_characters_do_not_hide_a_word():
    assert "自杀" in normalise("自.杀").text
    assert "自杀" in normalise("自 殺").text


def test_spaces_between_english_words_stay():
    assert normalise("help me").text == "help me"


def test_a_pasted_document_is_read_at_head_and_tail():
    text = "甲" * MAX_CHARACTERS + "救命"
    read = normalise(text)
    assert read.text.endswith("救命")
    assert read.quote(len(read.text) - 2, len(read.text)) == "救命"
