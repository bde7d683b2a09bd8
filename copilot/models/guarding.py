"""What stands around a model: one retry, and a breaker that leaves a failing server alone for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic, sleep

from copilot.models.chat import ChatModel, ChatRequest, Fault, ModelError, Part, Watch

_WORTH_ANOTHER_TRY: frozenset[Fault] = frozenset({"unavailable", "rate_limited"})
# What says nothing about the server's health.
_NOT_THE_SERVERS: frozenset[Fault] = frozenset({"cancelled", "budget", "circuit_open", "refused"})
_RETRY_SECONDS = 0.3
_LONGEST_PAUSE = 2.0


@dataclass(frozen=True, slots=True)
class Retrying:
    """Tries once more where nothing has come yet and the server may only be busy."""

    inner: ChatModel
    pause: Callable[[float], None] = sleep

    @property
    def name(self) -> str:
        """The model's name."""
        return self.inner.name

    def stream(self, request: ChatRequest, watch: Watch) -> Iterator[Part]:
        """Yield the answer of the first or the second try. Raise ModelError."""
        begun = False
        try:
            for part in self.inner.stream(request, watch):
                begun = True
                yield part
        except ModelError as error:
            wait = error.retry_after if error.retry_after is not None else _RETRY_SECONDS
            in_time = wait <= _LONGEST_PAUSE and monotonic() + wait < watch.first_token_at
            if begun or error.fault not in _WORTH_ANOTHER_TRY or not in_time or watch.cancel.cancelled:
                raise
            self.pause(wait)
        else:
            return
        yield from self.inner.stream(request, watch)


@dataclass(slots=True)
class Breaker:
    """After `failures` in a row nobody is sent there for `rest_seconds`; then one call tries."""

    inner: ChatModel
    failures: int = 3
    rest_seconds: float = 30.0
    clock: Callable[[], float] = monotonic
    _failed: int = 0
    _closed_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def name(self) -> str:
        """The model's name."""
        return self.inner.name

    def stream(self, request: ChatRequest, watch: Watch) -> Iterator[Part]:
        """Yield the answer; refuse at once while the server rests. Raise ModelError."""
        self._enter()
        try:
            yield from self.inner.stream(request, watch)
        except ModelError as error:
            if error.fault not in _NOT_THE_SERVERS:
                self._count_failure()
            raise
        with self._lock:
            self._failed = 0

    def _enter(self) -> None:
        with self._lock:
            if self._failed < self.failures:
                return
            now = self.clock()
            if now < self._closed_until:
                raise ModelError("circuit_open")
            self._closed_until = now + self.rest_seconds  # this call tries, the others wait for its outcome

    def _count_failure(self) -> None:
        with self._lock:
            self._failed += 1
            if self._failed >= self.failures:
                self._closed_until = self.clock() + self.rest_seconds
