"""A model whose calls are kept on a tape: the same prompt gets the same answer, tokens and faults again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import get_args

from copilot.models.chat import ChatModel, ChatRequest, Counts, Fault, ModelError, Part, Piece, Watch
from copilot.models.purposes import Models
from copilot.models.speaker import Speaker
from evals.tape import Recording, Tape

_FAULTS: dict[str, Fault] = {fault: fault for fault in get_args(Fault)}


@dataclass(frozen=True, slots=True)
class TapedModel:
    """Answers from the tape; asks `inner` for what the tape does not know, and keeps it.

    A recorded fault is repeated when only replaying, otherwise the model is asked again. `parameters` names
    what else changes an answer (temperature).
    """

    inner: ChatModel
    tape: Tape
    parameters: str = ""

    @property
    def name(self) -> str:
        """The model's name."""
        return self.inner.name

    def stream(self, request: ChatRequest, watch: Watch) -> Iterator[Part]:
        """Yield the answer. Raise ModelError, or UnrecordedPromptError when only replaying."""
        prompt = self._identity(request)
        known = self.tape.find(prompt)
        if known is not None and (known.fault is None or self.tape.replay_only):
            yield from _replayed(known)
            return
        yield from self._recorded(prompt, request, watch)

    def _identity(self, request: ChatRequest) -> str:
        whole = f"{request.identity(self.name)}|{self.parameters}"
        return hashlib.sha256(whole.encode()).hexdigest()

    def _recorded(self, prompt: str, request: ChatRequest, watch: Watch) -> Iterator[Part]:
        said: list[str] = []
        counts: Counts | None = None
        try:
            for part in self.inner.stream(request, watch):
                if isinstance(part, Counts):
                    counts = part
                else:
                    said.append(part.text)
                yield part
        except ModelError as error:
            self.tape.keep(Recording(prompt, "".join(said), fault=error.fault))
            raise
        except GeneratorExit:  # who listened had heard enough, and will stop at the same place again
            self.tape.keep(Recording(prompt, "".join(said)))
            raise
        tokens = (counts.tokens_in, counts.tokens_out) if counts else (None, None)
        self.tape.keep(Recording(prompt, "".join(said), *tokens))


def _replayed(known: Recording) -> Iterator[Part]:
    if known.answer:
        yield Piece(known.answer)
    if known.fault is not None:
        raise ModelError(_FAULTS.get(known.fault, "unavailable"))
    if known.tokens_in is not None and known.tokens_out is not None:
        yield Counts(known.tokens_in, known.tokens_out)


def taped(models: Models, tape: Tape, parameters: str = "") -> Models:
    """Return the same models, every call kept on the tape and nothing remembered besides it."""

    def on_tape(speaker: Speaker | None) -> Speaker | None:
        if speaker is None:
            return None
        return replace(speaker, model=TapedModel(speaker.model, tape, parameters), recorder=None)

    return Models(
        suggestion=on_tape(models.suggestion),
        escalation=on_tape(models.escalation),
        second_reading=on_tape(models.second_reading),
        judge=on_tape(models.judge),
    )
