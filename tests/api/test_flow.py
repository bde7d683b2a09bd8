"""Lines in the terminal."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from api.flow import flow


def printed(markup: str, width: int, indent: int = 0) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    flow(console, markup, indent)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["字" * 200, "word " * 60, "混合mixed文本text" * 20, "a" * 300])
def test_no_line_is_wider_than_the_console_and_no_word_is_lost(text: str) -> None:
    lines = printed(text, 40, indent=4)
    assert all(cell_len(line) <= 40 for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_chinese_goes_on_behind_a_label() -> None:
    assert printed("reply: " + "字" * 30, 40)[0] == "reply: " + "字" * 16


def test_no_line_begins_with_a_full_stop() -> None:
    assert not any(line.startswith("。") for line in printed("字字字字字字字字字字。" * 9, 20))
