"""The reply out of both: a conclusion is said in the model's verified words, or else in its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from copilot.answer import Suggestion
from copilot.suggestion.case.frame import MAX_CHARACTERS
from copilot.suggestion.choice.coverage import cover
from copilot.suggestion.model.material import Material, Piece, length
from copilot.suggestion.model.sentence_checks import Kept, pattern
from copilot.suggestion.sums.figures import figures_of, together

# Share of a conclusion's telling words that the model's sentences must have to stand for it.
_CONVEYED = 0.5
# … and of an added sentence from which it says nothing new.
_SAID = 0.9
_MAX_EXTRAS = 1
_MARKS = ("=", "＝")


@dataclass(frozen=True, slots=True)
class Woven:
    """The reply, and how many sentences of it are the model's."""

    reply: str
    worded: int


@dataclass(frozen=True, slots=True)
class _Part:
    """What stands for one conclusion: the model's sentences, or the conclusion itself."""

    conclusion: Piece
    sentences: tuple[Kept, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(kept.text for kept in self.sentences) or (self.conclusion.text,)


def weave(
    kept: Sequence[Kept], skipped: Sequence[str], material: Material, suggestion: Suggestion, language: str
) -> Woven:
    """Return the reply within the allowed length; each conclusion that is not conveyed keeps its words."""
    parts = _parts(kept, _left_out(skipped, material, suggestion), material)
    said = [text for part in parts for text in part.texts]
    beside = [k for k in kept if not any(cite.startswith("D") for cite in k.cites)]
    extras = [k for k in beside if not _is_said(k.text, said)][:_MAX_EXTRAS]
    room = MAX_CHARACTERS[language] - sum(length(step) for step in suggestion.steps)
    for extra in (extras, []):
        texts = _ordered(parts, extra)
        if _fits(texts, room):
            return _woven(texts, parts, len(extra), language)
    shorter = [_shorter(part) for part in parts]
    texts = _ordered(shorter, [])
    if _fits(texts, room):
        return _woven(texts, shorter, 0, language)
    return Woven(suggestion.reply, 0)


def _parts(kept: Sequence[Kept], left_out: frozenset[str], material: Material) -> list[_Part]:
    used: set[int] = set()
    parts: list[_Part] = []
    for conclusion in material.conclusions:
        if conclusion.id in left_out:
            continue
        about = [k for k in kept if conclusion.id in k.cites]
        if not _conveys(about, conclusion):
            parts.append(_Part(conclusion, ()))
            continue
        fresh = tuple(k for k in about if id(k) not in used)
        used.update(id(k) for k in fresh)
        if fresh:
            parts.append(_Part(conclusion, fresh))
    return parts


def _conveys(sentences: Sequence[Kept], conclusion: Piece) -> bool:
    """Whether the sentences say the conclusion's figures and most of its words, and who decides."""
    if not sentences:
        return False
    texts = [k.text for k in sentences]
    said = together(figures_of(text) for text in texts)
    due = figures_of(conclusion.text)
    if not (due.numbers <= said.numbers and due.dates <= said.dates):
        return False
    decides = pattern("approval").search(conclusion.text) is not None
    if decides and not any(pattern("approval").search(text) for text in texts):
        return False
    return cover(conclusion.text, texts).share >= _CONVEYED


def _is_said(text: str, said: Sequence[str]) -> bool:
    known = together(figures_of(other) for other in said)
    return cover(text, said).share >= _SAID and figures_of(text).numbers <= known.numbers


def _left_out(skipped: Sequence[str], material: Material, suggestion: Suggestion) -> frozenset[str]:
    """What the model calls beside the point: never what decides the case, and never the greater part."""
    free = [p.id for p in material.conclusions if p.id in skipped and not _decides(p, material, suggestion)]
    return frozenset(free[: len(material.conclusions) // 2])


def _decides(conclusion: Piece, material: Material, suggestion: Suggestion) -> bool:
    amounts = {f"{a.amount:g}" for a in suggestion.actions if a.amount is not None}
    first = conclusion is material.conclusions[0]
    return (
        first
        or any(mark in conclusion.text for mark in _MARKS)
        or bool(amounts & figures_of(conclusion.text).numbers)
        or pattern("approval").search(conclusion.text) is not None
    )


def _ordered(parts: Sequence[_Part], extras: Sequence[Kept]) -> list[str]:
    """Conclusions in their order, extras before the last (which says what happens now)."""
    said = [text for part in parts for text in part.texts]
    return [*said[:-1], *(k.text for k in extras), *said[-1:]]


def _shorter(part: _Part) -> _Part:
    plain = _Part(part.conclusion, ())
    return plain if sum(map(length, plain.texts)) < sum(map(length, part.texts)) else part


def _fits(texts: Sequence[str], room: int) -> bool:
    return sum(length(text) for text in texts) <= room


def _woven(texts: Sequence[str], parts: Sequence[_Part], extras: int, language: str) -> Woven:
    joint = " " if language == "en" else ""
    ended = [_ended(text, language) for text in texts]
    return Woven(joint.join(ended), sum(len(part.sentences) for part in parts) + extras)


def _ended(text: str, language: str) -> str:
    if text.endswith(("。", ".", "！", "!", "？", "?", "：", ":")):
        return text
    return text + ("." if language == "en" else "。")
