"""From settings to models: each purpose's endpoint, guarded, with its ceilings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from pydantic import SecretStr

from copilot.models.chat import ChatModel, Patience, Purpose
from copilot.models.guarding import Breaker, Retrying
from copilot.models.ledger import Ledger
from copilot.models.loop import IoLoop
from copilot.models.memory import AnswerMemory
from copilot.models.openai_compatible import Endpoint, OpenAICompatible
from copilot.models.purposes import NO_MODELS, Models
from copilot.models.speaker import Ceilings, Recorder, Speaker
from copilot.models.tokens import warm
from copilot.settings import Settings

PURPOSES: tuple[Purpose, ...] = ("suggestion", "escalation", "second_reading", "judge")


@dataclass(frozen=True, slots=True)
class Connection:
    """The models of one installation, and the thread that does their input and output."""

    models: Models
    loop: IoLoop

    def close(self) -> None:
        """End the thread."""
        self.loop.close()


def unconnected() -> Connection:
    """Return no models at all."""
    return Connection(NO_MODELS, IoLoop())


def connect(settings: Settings, ledger: Ledger, recorder: Recorder | None = None) -> Connection:
    """Return the models that `settings` name; sends nothing. Purposes of one endpoint share its breaker."""
    named = {purpose: endpoint_of(purpose, settings) for purpose in PURPOSES}
    if not any(named.values()):
        return unconnected()
    warm()
    loop = IoLoop()
    guarded: dict[Endpoint, ChatModel] = {}
    memory = recorder or AnswerMemory()

    def speaker(purpose: Purpose) -> Speaker | None:
        endpoint = named[purpose]
        if endpoint is None:
            return None
        if endpoint not in guarded:
            guarded[endpoint] = Breaker(Retrying(OpenAICompatible(endpoint, loop)))
        return Speaker(guarded[endpoint], ledger, ceilings_of(settings), patience_of(settings), memory)

    models = Models(
        suggestion=speaker("suggestion"),
        escalation=speaker("escalation"),
        second_reading=speaker("second_reading"),
        judge=speaker("judge"),
    )
    return Connection(models, loop)


def ceilings_of(settings: Settings) -> Ceilings:
    """Return the ceilings of one call."""
    return Ceilings(settings.llm_max_input_tokens, settings.llm_max_output_tokens)


def patience_of(settings: Settings) -> Patience:
    """Return how long a call may take."""
    return Patience(settings.llm_first_token_seconds, settings.llm_deadline_seconds)


def endpoint_of(purpose: Purpose, settings: Settings) -> Endpoint | None:
    """Return where the model of `purpose` is served; None where none is named."""
    model, own_url, own_key = _named(purpose, settings)
    base_url = own_url or settings.llm_base_url
    if not model or not base_url:
        return None
    # A key belongs to its server: it is never sent to another one.
    key = own_key if own_url else own_key or settings.llm_api_key
    return Endpoint(base_url, model, key, settings.llm_temperature)


def _named(purpose: Purpose, settings: Settings) -> tuple[str | None, str | None, SecretStr | None]:
    match purpose:
        case "suggestion" | "probe":
            return settings.llm_model, None, None
        case "escalation":
            return (
                settings.llm_escalation_model,
                settings.llm_escalation_base_url,
                settings.llm_escalation_api_key,
            )
        case "second_reading":
            return (
                settings.llm_second_reading_model,
                settings.llm_second_reading_base_url,
                settings.llm_second_reading_api_key,
            )
        case "judge":
            return settings.llm_judge_model, settings.llm_judge_base_url, settings.llm_judge_api_key
        case _:
            assert_never(purpose)
