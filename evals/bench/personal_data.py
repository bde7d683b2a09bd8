"""How much personal data in evals/data/personal is recognised: `python -m evals.bench.personal_data`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from copilot.privacy.recognition import KINDS, find_personal

_MARK = re.compile(r"⟦(\w+):([^⟧]+)⟧")
_FOLDER = Path(__file__).parents[1] / "data" / "personal"


@dataclass(frozen=True, slots=True)
class Marked:
    """A message and the data in it, as (kind, start, end)."""

    text: str
    data: tuple[tuple[str, int, int], ...]


def read(line: str) -> Marked:
    """Return the message without its marks, and where they stood."""
    text, data, at = "", [], 0
    for match in _MARK.finditer(line):
        text += line[at : match.start()]
        data.append((match[1], len(text), len(text) + len(match[2])))
        text += match[2]
        at = match.end()
    return Marked(text + line[at:], tuple(data))


def main() -> None:
    """Print recall by kind (a datum counts when all of it is masked) and what is masked in vain, by set."""
    for path in sorted(_FOLDER.glob("*.txt")):
        print(f"-- {path.name}")
        lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
        _report([read(line) for line in lines])


def _report(messages: Sequence[Marked]) -> None:
    total, hit, vain = Counter[str](), Counter[str](), 0
    for marked in messages:
        found = find_personal(marked.text)
        covered = {position for item in found for position in range(item.start, item.end)}
        for kind, start, end in marked.data:
            total[kind] += 1
            whole = set(range(start, end)) <= covered
            hit[kind] += whole
            if not whole:
                print(f"missed {kind}: {marked.text[start:end]}")
        for item in found:
            if not any(item.start < end and start < item.end for _, start, end in marked.data):
                vain += 1
                print(f"in vain {item.kind}: {marked.text[item.start : item.end]}")
    for kind in KINDS:
        print(f"{kind:10} {hit[kind]:3} of {total[kind]:3}")
    print(f"{len(messages)} messages, {vain} masked in vain")


if __name__ == "__main__":
    main()
