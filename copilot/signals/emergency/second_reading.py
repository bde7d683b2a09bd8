"""A model's second look for danger, after the layers that need none. It may raise; it can lower nothing.

What it says is only taken where it can be checked: a known level and category, and a quote that stands in a
customer's turn. Numbers to call and words to say come from the reviewed tables as for every alert.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import yaml

from copilot.answer import Alert, AlertLevel, ModelUse
from copilot.conversation import Conversation, Turn
from copilot.language import quotable
from copilot.models.chat import Cancellation, ChatRequest, Message, ModelError
from copilot.models.speaker import Speaker
from copilot.models.uses import use_of
from copilot.privacy.masking import Masked, mask
from copilot.signals.emergency.detection import alert_of
from copilot.signals.emergency.finding import Finding, family, rank
from knowledge.model import ClientSettings
from prompts import load

_MAX_TOKENS = 120
_LAST_TURNS = 16
_TURN_CHARACTERS = 500
_OBJECT = re.compile(r"\{[^{}]{0,1500}\}", re.DOTALL)
_LEVELS: tuple[AlertLevel, ...] = ("emergency", "urgent")
_NOT_THE_MODELS = "official_request"  # recognised by its own rules; a model must not open that door


@dataclass(frozen=True, slots=True)
class SecondReading:
    """The alerts as they stand after it, and what the call took."""

    alerts: tuple[Alert, ...]
    use: ModelUse


@lru_cache(maxsize=1)
def categories() -> tuple[str, ...]:
    """Return the categories that the reviewed protocols know."""
    table = yaml.safe_load(files(__package__).joinpath("protocols.yaml").read_text(encoding="utf-8"))
    return tuple(name for name in table["categories"] if name != _NOT_THE_MODELS)


def schema() -> dict[str, object]:
    """Return the JSON Schema of the answer."""
    return {
        "type": "object",
        "properties": {
            "level": {"type": "string", "enum": ["none", *_LEVELS]},
            "category": {"type": "string", "enum": ["none", *categories()]},
            "turn": {"type": "integer"},
            "quote": {"type": "string"},
        },
        "required": ["level", "category", "turn", "quote"],
        "additionalProperties": False,
    }


def read_again(
    conversation: Conversation,
    alerts: Sequence[Alert],
    settings: ClientSettings,
    speaker: Speaker,
    cancel: Cancellation | None = None,
) -> SecondReading:
    """Return `alerts` with what the model adds or raises. Raise ModelError; the alerts then stand."""
    turns = conversation.turns[-_LAST_TURNS:]
    masked = mask([turn.text[:_TURN_CHARACTERS] for turn in turns])
    request = _request(turns, masked, settings)
    talk = speaker.ask(request, cancel)
    finding = _finding("".join(talk), masked, conversation)
    raised = _raised(alerts, finding, conversation, settings) if finding else tuple(alerts)
    return SecondReading(raised, use_of(request, talk.usage))


def _request(turns: Sequence[Turn], masked: Masked, settings: ClientSettings) -> ChatRequest:
    lines = "\n".join(
        f"T{turn.index} {turn.role}: {' '.join(text.split())}"
        for turn, text in zip(turns, masked.texts, strict=True)
    )
    fence = "DATA-" + hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    rendered = load("second_reading").render(
        {"categories": ", ".join(categories()), "fence": fence, "turns": lines}
    )
    messages = (Message("system", rendered.system), Message("user", rendered.user))
    return ChatRequest("second_reading", settings.id, rendered.label, messages, _MAX_TOKENS, schema())


def _finding(answer: str, masked: Masked, conversation: Conversation) -> Finding | None:
    """What can be checked of the answer; None for no danger. Raise ModelError for no answer at all."""
    found = _OBJECT.search(answer)
    try:
        value = json.loads(found[0]) if found else None
    except ValueError:
        value = None
    if not isinstance(value, dict) or value.get("level") not in {"none", *_LEVELS}:
        raise ModelError("malformed")
    if value["level"] == "none":
        return None
    level: AlertLevel = "emergency" if value["level"] == "emergency" else "urgent"
    category, quote = value.get("category"), value.get("quote")
    if category not in categories() or not isinstance(quote, str):
        return None
    turn = _turn_with(masked.restore(quote), value.get("turn"), conversation)
    if turn is None:
        return None
    return Finding(level, category, turn.index, turn.text, f"second reading: {category}", "model")


def _turn_with(quote: str, index: object, conversation: Conversation) -> Turn | None:
    """The customer's turn that has these words, the named one first."""
    words = quotable(quote)
    if len(words) < 2:
        return None
    turns = sorted(conversation.customer_turns, key=lambda turn: turn.index != index)
    return next((turn for turn in turns if words in quotable(turn.text)), None)


def _raised(
    alerts: Sequence[Alert], finding: Finding, conversation: Conversation, settings: ClientSettings
) -> tuple[Alert, ...]:
    """A new danger beside the known ones; of a known one the higher level, everything else unchanged."""
    same = next((a for a in alerts if family(a.category) == family(finding.category)), None)
    new = alert_of(finding, conversation, settings)
    if same is None:
        return tuple(sorted((*alerts, new), key=lambda a: -rank(a.level)))
    if rank(same.level) >= rank(finding.level):
        return tuple(alerts)
    higher = new.model_copy(
        update={
            "sources": (*same.sources, "model"),
            "turn_index": same.turn_index,
            "quote": same.quote,
            "reason": f"{same.reason}; {finding.reason}",
        }
    )
    return tuple(sorted((higher if a is same else a for a in alerts), key=lambda a: -rank(a.level)))
