"""One purpose's way to its model: counted, bounded, recorded, and remembered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from time import monotonic, perf_counter
from typing import Protocol, assert_never

from copilot.models.chat import (
    Cancellation,
    ChatModel,
    ChatRequest,
    Counts,
    ModelError,
    Patience,
    Piece,
    Watch,
)
from copilot.models.ledger import Entry, Ledger
from copilot.models.tokens import count, count_messages

# No answer that we ask for is longer; what is longer is not an answer.
MAX_CHARACTERS = 8_000


class Recorder(Protocol):
    """Where answers are kept: for a while in memory, or on a tape between evaluations."""

    def recall(self, prompt: str) -> str | None:
        """Return the answer to the request with this identity, None where there is none."""

    def record(self, prompt: str, answer: str) -> None:
        """Keep the answer."""


@dataclass(frozen=True, slots=True)
class Ceilings:
    """Tokens that one call may send and receive; a day's are the ledger's matter."""

    tokens_in: int = 4_000
    tokens_out: int = 700


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call took. Tokens are the server's where it tells, else counted; 0 for a remembered answer."""

    model: str
    tokens_in: int = 0
    tokens_out: int = 0
    first_token_ms: float | None = None
    total_ms: float = 0.0
    cached: bool = False


@dataclass(slots=True)
class Talk:
    """One call: iterate for the text as it comes; `usage` is complete when the iteration has ended."""

    pieces: Iterator[str]
    usage: Usage

    def __iter__(self) -> Iterator[str]:
        """Yield the answer's next characters. Raise ModelError."""
        return self.pieces


@dataclass(frozen=True, slots=True)
class Speaker:
    """A model with its ceilings. Safe between threads."""

    model: ChatModel
    ledger: Ledger
    ceilings: Ceilings = field(default_factory=Ceilings)
    patience: Patience = field(default_factory=Patience)
    recorder: Recorder | None = field(default=None, repr=False)

    def ask(self, request: ChatRequest, cancel: Cancellation | None = None) -> Talk:
        """Return the call; nothing is sent before the first piece is asked for."""
        talk = Talk(iter(()), Usage(self.model.name))
        talk.pieces = self._pieces(request, Watch.begin(self.patience, monotonic(), cancel), talk)
        return talk

    def _pieces(self, request: ChatRequest, watch: Watch, talk: Talk) -> Iterator[str]:
        request = replace(request, max_tokens=min(request.max_tokens, self.ceilings.tokens_out))
        identity = request.identity(self.model.name)
        known = self.recorder.recall(identity) if self.recorder is not None else None
        if known is not None:
            talk.usage = replace(talk.usage, cached=True)
            yield known
            return
        said: list[str] = []
        for piece in self._paid(request, watch, talk):
            said.append(piece)
            yield piece
        if self.recorder is not None:
            self.recorder.record(identity, "".join(said))

    def _paid(self, request: ChatRequest, watch: Watch, talk: Talk) -> Iterator[str]:
        tokens_in = count_messages(request.messages)
        if tokens_in > self.ceilings.tokens_in:
            raise ModelError("budget")
        entry = Entry(
            request.client_id, request.purpose, self.model.name, request.prompt, tokens_in, request.max_tokens
        )
        number = self.ledger.reserve(entry)
        outcome = "cancelled"  # stays where nobody asks for the rest
        meter = _Meter(tokens_in)
        try:
            yield from _received(self.model, request, watch, meter)
            outcome = "ok"
        except ModelError as error:
            outcome = error.fault
            raise
        finally:
            talk.usage = meter.usage(self.model.name)
            self.ledger.settle(number, _settled(entry, talk.usage, outcome))


def _received(model: ChatModel, request: ChatRequest, watch: Watch, meter: _Meter) -> Iterator[str]:
    for part in model.stream(request, watch):
        match part:
            case Piece(text):
                meter.hear(text)
                if meter.characters > MAX_CHARACTERS:
                    raise ModelError("too_long")
                yield text
            case Counts():
                meter.counts = part
            case _:
                assert_never(part)
    if not meter.characters:
        raise ModelError("empty")


@dataclass(slots=True)
class _Meter:
    """What one call took so far."""

    tokens_in: int
    start: float = field(default_factory=perf_counter)
    first: float | None = None
    characters: int = 0
    said: list[str] = field(default_factory=list)
    counts: Counts | None = None

    def hear(self, text: str) -> None:
        if self.first is None:
            self.first = perf_counter()
        self.characters += len(text)
        self.said.append(text[:MAX_CHARACTERS])

    def usage(self, model: str) -> Usage:
        counts = self.counts or Counts(self.tokens_in, count("".join(self.said)))
        first = None if self.first is None else round((self.first - self.start) * 1000, 1)
        total = round((perf_counter() - self.start) * 1000, 1)
        return Usage(model, counts.tokens_in, counts.tokens_out, first, total)


def _settled(entry: Entry, usage: Usage, outcome: str) -> Entry:
    return replace(
        entry,
        tokens_in=usage.tokens_in,
        tokens_out=usage.tokens_out,
        first_token_ms=usage.first_token_ms,
        total_ms=usage.total_ms,
        outcome=outcome,
    )
