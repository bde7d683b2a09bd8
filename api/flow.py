"""Lines of a terminal that also break between Chinese characters, not only at spaces."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

# No line begins with these.
_CLOSING = frozenset("，。、；：！？）」』”’》】,.;:!?)]}…·%")


def flow(console: Console, markup: str, indent: int = 0) -> None:
    """Print `markup` in lines of the console's width, each indented by `indent` columns."""
    width = max(20, console.width - indent)
    for paragraph in Text.from_markup(markup).split("\n", allow_blank=True):
        for line in paragraph.divide(breaks(paragraph.plain, width)):
            line.rstrip()
            console.print(Text(" " * indent) + line, no_wrap=True, crop=False, overflow="ignore")


def breaks(text: str, width: int) -> Iterator[int]:
    """Yield the positions at which the next line begins; `width` in columns."""
    start, columns, chance = 0, 0, 0
    for position, character in enumerate(text):
        columns += cell_len(character)
        if _may_break(text, position):
            chance = position
        if columns > width and position > start and character != " ":
            at = chance if chance > start else position
            yield at
            start, columns = at, cell_len(text[at : position + 1])


def _may_break(text: str, position: int) -> bool:
    """Whether a line may begin at `position`."""
    if position == 0 or text[position] in _CLOSING or text[position] == " ":
        return False
    before = text[position - 1]
    return before == " " or cell_len(before) == 2 or cell_len(text[position]) == 2
