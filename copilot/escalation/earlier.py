"""Earlier conversations about the same subject, told in the hand-over: when, what, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from copilot.answer import Escalation
from copilot.escalation.summary import MAX_CHARACTERS, squeezed
from copilot.escalation.words import clip, one_line, say, stamp
from knowledge.model import ClientSettings

_SHOWN = 2
_LONGEST = 40
_KINDS = frozenset(
    ["plate", "driver", "courier", "shop", "vehicle", "order_id", "tracking_number", "customer", "phone"]
)
# Who the customer is stands elsewhere in the hand-over, masked as it must be.
_PERSONAL = frozenset({"customer", "phone"})


@dataclass(frozen=True, slots=True)
class EarlierPromise:
    """A promise of that time that was not marked as kept. `due_at` is None where none was said."""

    quote: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier conversation: its date, what both have in common, its danger, and whether that was taken."""

    date: datetime
    kind: str
    value: str
    danger: str | None = None
    taken: bool = False
    promises: tuple[EarlierPromise, ...] = ()


def with_earlier(drafted: Escalation, earlier: Sequence[Earlier], settings: ClientSettings) -> Escalation:
    """Return the draft with one line on each of the latest conversations that matter; most dangers first.

    The line follows the headline; where the text would become too long, its longest line gives way.
    """
    telling = [one for one in earlier if one.danger or one.promises]
    ranked = sorted(telling, key=lambda one: (one.danger is None, -one.date.timestamp()))
    if not ranked:
        return drafted
    lines = [_line(one, settings) for one in ranked[:_SHOWN]]
    head, *rest = drafted.text.split("\n")
    room = MAX_CHARACTERS.get(settings.language, 1200)
    fields = drafted.fields.model_copy(update={"earlier": tuple(lines)})
    text = "\n".join(squeezed([head, *(f"- {line}" for line in lines), *rest], room))
    return drafted.model_copy(update={"text": text, "fields": fields})


def _line(one: Earlier, settings: ClientSettings) -> str:
    language = settings.language
    told = [one.danger or "", *(_promise(promise, settings) for promise in one.promises[:1])]
    if one.danger:
        told[0] += say(language, "taken" if one.taken else "not_taken")
    same = say(language, f"same_{one.kind}") if one.kind in _KINDS else say(language, "same_other")
    return say(
        language,
        "earlier",
        when=stamp(one.date, settings.timezone),
        same=f"{same} {one.value}" if one.kind not in _PERSONAL else same,
        what=say(language, "joint").join(part for part in told if part),
    )


def _promise(promise: EarlierPromise, settings: ClientSettings) -> str:
    due = (
        say(settings.language, "due", when=stamp(promise.due_at, settings.timezone))
        if promise.due_at is not None
        else say(settings.language, "no_due")
    )
    return say(settings.language, "unkept", what=clip(one_line(promise.quote), _LONGEST), due=due)
