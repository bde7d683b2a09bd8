"""Personal data replaced by names for it, and put back where the agent needs it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from copilot.privacy.recognition import KINDS, Kind, find_personal

_PLACEHOLDER = re.compile(r"\[(?:" + "|".join(kind.upper() for kind in KINDS) + r")_\d{1,4}\]")
_LOG_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Masked:
    """Texts without personal data, and what stood where: `[PHONE_1]` → the number.

    The same datum has the same name in all texts, so that a model can still tell two phones apart.
    """

    texts: tuple[str, ...]
    originals: Mapping[str, str] = field(repr=False)

    def restore(self, text: str) -> str:
        """Return `text` with every name replaced by what it stands for; unknown names stay."""
        return _PLACEHOLDER.sub(lambda match: self.originals.get(match[0], match[0]), text)


def mask(texts: Sequence[str], kinds: Sequence[Kind] = KINDS) -> Masked:
    """Return the texts masked under one numbering; names that a text already carries are not given again."""
    names: dict[tuple[Kind, str], str] = {}
    foreign = {name for text in texts for name in _PLACEHOLDER.findall(text)}
    counts = dict.fromkeys(KINDS, 0)

    def name_of(kind: Kind, value: str) -> str:
        known = names.get((kind, value))
        while known is None:
            counts[kind] += 1
            candidate = f"[{kind.upper()}_{counts[kind]}]"
            known = None if candidate in foreign else candidate
        names[kind, value] = known
        return known

    masked: list[str] = []
    for text in texts:
        parts, at = [], 0
        for item in find_personal(text, kinds):
            parts += [text[at : item.start], name_of(item.kind, text[item.start : item.end])]
            at = item.end
        masked.append("".join([*parts, text[at:]]))
    return Masked(tuple(masked), {name: value for (_, value), name in names.items()})


def masked_text(text: str) -> str:
    """Return `text` with personal data replaced by its kind: for logs, where nothing is ever put back.

    What is too long for a log line is cut.
    """
    text = text[:_LOG_CHARACTERS]
    found = find_personal(text)
    if not found:
        return text
    parts, at = [], 0
    for item in found:
        parts += [text[at : item.start], f"[{item.kind}]"]
        at = item.end
    return "".join([*parts, text[at:]])
