"""One short call to each configured endpoint: does it answer, how fast, with how much structure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic

from copilot.models.chat import ChatRequest, Fault, Message, ModelError, Purpose
from copilot.models.connecting import PURPOSES, endpoint_of, patience_of
from copilot.models.ledger import MemoryLedger
from copilot.models.loop import IoLoop
from copilot.models.openai_compatible import Endpoint, Form, OpenAICompatible
from copilot.models.speaker import Speaker
from copilot.settings import Settings

_SCHEMA = {
    "type": "object",
    "properties": {"ok": {"type": "boolean"}},
    "required": ["ok"],
    "additionalProperties": False,
}
_ASKED = (Message("system", 'Answer with JSON only: {"ok":true}'), Message("user", "Are you there?"))


@dataclass(frozen=True, slots=True)
class Probed:
    """What an endpoint did; `fault` None: it answered. `form` is how much structure it took."""

    purposes: tuple[Purpose, ...]
    endpoint: Endpoint
    fault: Fault | None
    form: Form
    milliseconds: float


def probe(settings: Settings) -> Iterator[Probed]:
    """Yield each endpoint that the settings name, tried once."""
    named: dict[Endpoint, list[Purpose]] = {}
    for purpose in PURPOSES:
        endpoint = endpoint_of(purpose, settings)
        if endpoint is not None:
            named.setdefault(endpoint, []).append(purpose)
    loop = IoLoop()
    try:
        for endpoint, purposes in named.items():
            yield _tried(endpoint, tuple(purposes), settings, loop)
    finally:
        loop.close()


def _tried(endpoint: Endpoint, purposes: tuple[Purpose, ...], settings: Settings, loop: IoLoop) -> Probed:
    model = OpenAICompatible(endpoint, loop)
    speaker = Speaker(model, MemoryLedger(), patience=patience_of(settings))
    fault: Fault | None = None
    start = monotonic()
    try:
        "".join(speaker.ask(ChatRequest("probe", "-", "probe", _ASKED, 30, _SCHEMA)))
    except ModelError as error:
        fault = error.fault
    return Probed(purposes, endpoint, fault, model.form, (monotonic() - start) * 1000)
