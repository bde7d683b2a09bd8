"""Sentences out of what a model streams, each as soon as it is complete, whatever the rest looks like."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# No sentence of a reply is longer; what is longer is something else.
_MAX_SENTENCE = 400
_MAX_CITES = 12
_MAX_SENTENCES = 40
_CITE = re.compile(r"\b[DPT]\d{1,3}\b")
_OPENING = re.compile(r"\{(?=\s*\"(?:text|cites)\")")
_SKIPPED = re.compile(r'"skip"\s*:\s*(\[[^\[\]]{0,200}\])')
_BRACKETS = re.compile(r"[\[【(（]\s*(?:[DPT]\d{1,3}[\s,，、]*)+[\]】)）]")
_decoder = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence of a model and the pieces of evidence that it names for it."""

    text: str
    cites: tuple[str, ...]


@dataclass(slots=True)
class SentenceReader:
    """Takes text in pieces of any size; gives `{"text": …, "cites": […]}` objects as they close.

    An answer without any such object is read as lines with marks like [D1], once it has ended.
    """

    _text: str = ""
    _at: int = 0
    _given: int = 0
    _lines: list[str] = field(default_factory=list)

    def feed(self, piece: str) -> Iterator[Said]:
        """Yield the sentences that `piece` completes."""
        self._text += piece
        while self._given < _MAX_SENTENCES:
            opening = _OPENING.search(self._text, self._at)
            if opening is None:
                # Only the last brace may still become one: what is before it is never read again.
                self._at = max(self._at, self._text.rfind("{"))
                return
            try:
                value, end = _decoder.raw_decode(self._text, opening.start())
            except (ValueError, RecursionError):
                if len(self._text) - opening.start() <= 4 * _MAX_SENTENCE:
                    return  # not complete yet
                self._at = opening.end()  # never will be: look behind it
                continue
            self._at = end
            if (said := _said(value)) is not None:
                self._given += 1
                yield said

    def finish(self) -> Iterator[Said]:
        """Yield what only the end tells: plain lines, where no object came."""
        if self._given:
            return
        if self._text.lstrip("` \n").startswith(("{", "[", "json")):
            return  # it meant to be JSON; nobody knows what its parts were
        for line in self._text.splitlines()[:_MAX_SENTENCES]:
            cites = tuple(dict.fromkeys(_CITE.findall(line)))[:_MAX_CITES]
            text = _BRACKETS.sub("", line).strip(" -*•\t")
            if text and len(text) <= _MAX_SENTENCE:
                yield Said(text, cites)

    def skipped(self) -> tuple[str, ...]:
        """Return the conclusions that the model names as beside the point."""
        found = _SKIPPED.search(self._text)
        return tuple(_CITE.findall(found[1])) if found else ()


def _said(value: object) -> Said | None:
    if not isinstance(value, dict):
        return None
    text, cites = value.get("text"), value.get("cites", ())
    if not isinstance(text, str) or not text.strip() or len(text) > _MAX_SENTENCE:
        return None
    named = [c for c in cites if isinstance(c, str)] if isinstance(cites, list | tuple) else []
    return Said(text.strip(), tuple(dict.fromkeys(named))[:_MAX_CITES])
