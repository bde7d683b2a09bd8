"""The rules layer: situations (who × what × where) over the words of a turn; no model, no network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from copilot.answer import AlertLevel
from copilot.language import fold
from copilot.signals.emergency.lexicon import Hit, Lexicon, build, scan
from copilot.signals.emergency.text import Normalised, normalise, sentence

Found = Mapping[str, Sequence[Hit]]

_MASK = "mask"
_FRAME = "frame:"
BRIEF = "brief"  # the word class of short messages
KIND = "kind:"  # before the names of the classes of kinds.yaml
_NEGATION_REACH = 3  # characters between a Chinese negation and what it denies
_NEGATION_REACH_LATIN = 16  # the same for English words ("nobody was badly hurt")


class RuleBaseError(ValueError):
    """The rule base names a word class or frame that does not exist."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A way of speaking that makes danger words harmless, in the sentence or the whole turn.

    `named_only`: it excuses only the situations that name it.
    """

    name: str
    whole_turn: bool
    named_only: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """Words of every slot within `within` characters mean danger, unless a frame excuses them.

    `certain`: raises alone, unless the classifier sees less danger than `doubt` (a probability).
    """

    id: str
    category: str
    level: AlertLevel
    slots: tuple[tuple[str, ...], ...]
    within: int
    ordered: bool
    excuses: tuple[Frame, ...]
    deniable: bool
    certain: bool
    reason: str
    doubt: float = 0.0


@dataclass(frozen=True, slots=True)
class RuleBase:
    """The reviewed rules, compiled."""

    lexicon: Lexicon
    situations: tuple[Situation, ...]
    by_class: Mapping[str, tuple[int, ...]]  # word class → situations that need it or one beside it
    present: str
    everyday: frozenset[str]
    calm: frozenset[str]  # kinds that a turn about danger does not need
    classes: frozenset[str] = frozenset()  # every word class but the masks


COMPLAINT = "complaint"  # the word class of somebody who complains
EARLIER = "earlier"  # the word class of times that are over
LOST_PROPERTY = "lost_property"  # the word class of things left behind
SPOILT = f"{_FRAME}spoilt"  # the frame of goods that went bad
NOW = "now"  # the word class of what goes on
GOING_ON = "going_on"  # the same, of deeds
HABITUAL = frozenset({"server", "misdeed", "habit"})  # the word classes of what somebody does every time


@dataclass(frozen=True, slots=True)
class Match:
    """A situation found at `start`..`end` of the normalised text."""

    situation: Situation
    start: int
    end: int


def _situation(row: Mapping[str, Any], frames: Mapping[str, Frame], classes: frozenset[str]) -> Situation:
    slots = tuple(tuple(str(slot).split("|")) for slot in row["all"])
    unknown = sorted(name for slot in slots for name in slot if name not in classes)
    general = [name for name, frame in frames.items() if not frame.named_only]
    excuses = [name for name in row.get("unless", general) if name not in row.get("even", [])]
    unknown += [name for name in excuses if name not in frames]
    if unknown:
        raise RuleBaseError(f"situation {row['id']}: unknown {', '.join(unknown)}")
    return Situation(
        id=str(row["id"]),
        category=str(row["category"]),
        level=row.get("level", "emergency"),
        slots=slots,
        within=int(row.get("within", 24)),
        ordered=bool(row.get("ordered", False)),
        excuses=tuple(frames[name] for name in excuses),
        deniable=bool(row.get("deniable", True)),
        certain=bool(row.get("certain", False)),
        reason=str(row["reason"]),
        doubt=float(row.get("doubt", 0.0)),
    )


def _needing(situations: Sequence[Situation], everyday: frozenset[str]) -> dict[str, tuple[int, ...]]:
    """Each situation under the classes of its most telling slot: a turn without them needs no closer look."""
    needing: dict[str, list[int]] = {}
    for index, situation in enumerate(situations):
        telling = min(situation.slots, key=lambda slot: (sum(name in everyday for name in slot), len(slot)))
        for name in telling:
            needing.setdefault(name, []).append(index)
    return {name: tuple(indices) for name, indices in needing.items()}


def _folded(words: Sequence[object]) -> tuple[str, ...]:
    """The entries as normalised text reads; patterns stay as they are written."""
    return tuple(word if word.startswith("re:") else fold(word) for word in map(str, words))


def _read_yaml(name: str) -> Any:
    source = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return yaml.load(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


@lru_cache(maxsize=1)
def rule_base() -> RuleBase:
    """The compiled rule base of the package. Raises RuleBaseError when it contradicts itself."""
    raw = _read_yaml("rules.yaml")
    frames = {
        name: Frame(name, row.get("scope") == "turn", bool(row.get("named_only")))
        for name, row in raw["frames"].items()
    }
    classes = {name: _folded(words) for name, words in raw["words"].items()}
    classes |= {f"{_FRAME}{name}": _folded(row["words"]) for name, row in raw["frames"].items()}
    classes[_MASK] = _folded(raw["masks"])
    kinds = _read_yaml("kinds.yaml")
    classes |= {f"{KIND}{name}": _folded(words) for name, words in kinds["kinds"].items()}
    known = frozenset(raw["words"])
    everyday = frozenset(raw["everyday"])
    situations = tuple(_situation(row, frames, known) for row in raw["situations"])
    return RuleBase(
        lexicon=build(classes),
        situations=situations,
        by_class=_needing(situations, everyday),
        present=NOW,
        everyday=everyday,
        calm=frozenset(f"{KIND}{name}" for name in kinds["calm"]),
        classes=frozenset(classes) - {_MASK},
    )


def _unmasked(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Hits that no idiom or product name contains (灭火器, 心脏病都要气犯)."""
    masks = [hit for hit in hits if hit.word_class == _MASK]
    if not masks:
        return tuple(hits)
    return tuple(
        hit
        for hit in hits
        if hit.word_class != _MASK
        and not any(mask.start <= hit.start and hit.end <= mask.end for mask in masks)
    )


def _by_class(hits: Sequence[Hit]) -> dict[str, list[Hit]]:
    grouped: dict[str, list[Hit]] = {}
    for hit in hits:
        grouped.setdefault(hit.word_class, []).append(hit)
    return grouped


def _apart(hit: Hit, chosen: Sequence[Hit]) -> bool:
    return all(hit.end <= other.start or hit.start >= other.end for other in chosen)


def _extent(hits: Sequence[Hit]) -> int:
    return max(hit.end for hit in hits) - min(hit.start for hit in hits)


def _fits(situation: Situation, hit: Hit, chosen: Sequence[Hit]) -> bool:
    """Whether `hit` may fill the next slot: in order where order counts, apart, and close enough."""
    in_place = hit.start >= chosen[-1].end if situation.ordered else _apart(hit, chosen)
    return in_place and _extent((*chosen, hit)) <= situation.within


def _span(situation: Situation, found: Found) -> tuple[Hit, ...] | None:
    """One hit of every slot, close enough together, or None."""
    pools = [
        sorted((hit for name in slot for hit in found.get(name, ())), key=lambda hit: (hit.start, hit.end))
        for slot in situation.slots
    ]
    for anchor in pools[0]:
        chosen: tuple[Hit, ...] = (anchor,)
        for pool in pools[1:]:
            near = [hit for hit in pool if _fits(situation, hit, chosen)]
            if not near:
                break
            chosen += (min(near, key=lambda hit: abs(hit.start - anchor.end)),)
        else:
            return chosen
    return None


def _denies(normalised: Normalised, negation: Hit, hit: Hit) -> bool:
    """Whether `negation` stands right before `hit`; a blank between Chinese words ends its clause."""
    latin = normalised.text[negation.start : negation.start + 1].isascii()
    if not 0 <= hit.start - negation.end <= (_NEGATION_REACH_LATIN if latin else _NEGATION_REACH):
        return False
    return latin or not any(c.isspace() for c in normalised.quote(negation.start, hit.start + 1))


def _denied(normalised: Normalised, hits: Sequence[Hit], found: Found) -> bool:
    """Whether a negation stands right before one of the words."""
    return any(_denies(normalised, n, hit) for n in found.get("negation", ()) for hit in hits)


def _excused(base: RuleBase, text: str, match: Match, found: Found) -> bool:
    """Whether a frame stands in the sentence, or in a turn that does not speak of now."""
    left, right = sentence(text, match.start, match.end)
    now = bool(found.get(base.present))
    return any(
        (not now if frame.whole_turn else left <= hit.start < right)
        for frame in match.situation.excuses
        for hit in found.get(f"{_FRAME}{frame.name}", ())
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """A turn as the rules read it: its words' classes and the situations that they make.

    `outspoken`: some word is of a class that ordinary talk does without. `hinted`: some word is of a kind
    that danger shows itself by.
    """

    normalised: Normalised
    classes: frozenset[str]
    matches: tuple[Match, ...]
    outspoken: bool = False
    hinted: bool = False


def _match(base: RuleBase, situation: Situation, normalised: Normalised, found: Found) -> Match | None:
    hits = _span(situation, found)
    if hits is None or (situation.deniable and _denied(normalised, hits, found)):
        return None
    start, end = min(hit.start for hit in hits), max(hit.end for hit in hits)
    match = Match(situation, start, end)
    return None if _excused(base, normalised.text, match, found) else match


def _with_every_slot(base: RuleBase, classes: AbstractSet[str]) -> Iterator[Situation]:
    """The situations that have a class for each slot, in the order of the rule base."""
    possible = {index for name in classes for index in base.by_class.get(name, ())}
    for index in sorted(possible):
        if not any(classes.isdisjoint(slot) for slot in base.situations[index].slots):
            yield base.situations[index]


def unread(text: str) -> Reading:
    """The reading of a turn when the rules cannot run: no class, no situation."""
    return Reading(normalised=normalise(text), classes=frozenset(), matches=())


@lru_cache(maxsize=4096)
def read(text: str) -> Reading:
    """Return the reading of a turn; a conversation that grows is read turn by turn, once each."""
    return read_with(rule_base(), normalise(text))


def read_with(base: RuleBase, normalised: Normalised) -> Reading:
    """Return the reading of `normalised` under `base`, matches in the order of the rule base."""
    found = _by_class(_unmasked(scan(base.lexicon, normalised.text)))
    matches = [
        match
        for situation in _with_every_slot(base, found.keys())
        if (match := _match(base, situation, normalised, found)) is not None
    ]
    plain = {name for name in found if not name.startswith((_FRAME, KIND))}
    return Reading(
        normalised,
        frozenset(found),
        tuple(matches),
        outspoken=bool(plain - base.everyday),
        hinted=any(name.startswith(KIND) and name not in base.calm for name in found),
    )
