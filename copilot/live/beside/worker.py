"""The other end: a process that makes suggestions, and asks the service for vectors.

It stands behind the threads that answer calls, keeps nothing, and ends with its lines.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import assert_never

from copilot.assembly import assemble
from copilot.live.beside.adviser import Suggesting
from copilot.live.beside.messages import (
    Advised,
    Ask,
    Embed,
    Embedded,
    Failed,
    Line,
    Overtaken,
    Ready,
    Said,
    ToService,
    ToWorker,
)
from copilot.logs import configure, log
from copilot.models.chat import Cancellation
from copilot.privacy.memory import forget_texts
from copilot.settings import Settings
from knowledge.base import UnknownClientError
from knowledge.embedding import Around, EmbeddingError, Kind, Vectors, vectors_of
from knowledge.store.engine import reaching

# Behind the threads that answer calls, but not starved where others keep the cores busy.
NICENESS = 10
_seat: ContextVar[Seat | None] = ContextVar("seat", default=None)


class Seat:
    """One line: a thread that listens, and one that works, one question after the other."""

    def __init__(self, line: Line, adviser: Suggesting) -> None:
        self._line = line
        self._adviser = adviser
        self._asked: SimpleQueue[tuple[Ask, Cancellation] | None] = SimpleQueue()
        self._embedded: SimpleQueue[Embedded] = SimpleQueue()
        self._cancellation = Cancellation()

    def begin(self) -> None:
        """Start both threads."""
        for work in (self._listen, self._work):
            threading.Thread(target=work, name=f"seat{work.__name__}", daemon=True).start()

    def embed(self, texts: Sequence[str], kind: Kind) -> Vectors | None:
        """Return the service's vectors of the texts; None where it has none. For the thread at work."""
        self._line.send(Embed(tuple(texts), kind))
        return self._embedded.get().vectors

    def _listen(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            while True:
                self._take(self._line.recv())
        self._cancellation.cancel()
        self._embedded.put(Embedded(None))
        self._asked.put(None)

    def _take(self, message: ToWorker) -> None:
        match message:
            case Ask():
                self._cancellation = Cancellation()
                self._asked.put((message, self._cancellation))
            case Overtaken():
                self._cancellation.cancel()
            case Embedded():
                self._embedded.put(message)
            case _:
                assert_never(message)

    def _work(self) -> None:
        with contextlib.suppress(OSError), reaching(None):  # the work of every client
            _seat.set(self)
            while (job := self._asked.get()) is not None:
                self._line.send(self._advised(*job))

    def _advised(self, ask: Ask, cancellation: Cancellation) -> ToService:
        try:
            answer = self._adviser.assist(
                ask.conversation,
                ask.want,
                ask.request_id,
                on_delta=lambda delta: self._line.send(Said(delta.text)),
                cancel=cancellation,
                instruction=ask.instruction,
            )
        except UnknownClientError:  # the service finds the same, and says so
            return Failed()
        except Exception as error:  # noqa: BLE001 - the line's last boundary: the service advises itself
            log().error("no suggestions from beside", kind=type(error).__name__)
            return Failed()
        return Advised(answer)


class AskedBack(Around):
    """An embedder whose queries, requests and turns the service answers, which may know the vectors already.

    Passages' vectors are stored; they are not asked for.
    """

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of texts that ask. Raise EmbeddingError."""
        return self._asked_back(texts, "query")

    def requests(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of requests. Raise EmbeddingError."""
        return self._asked_back(texts, "request")

    def turns(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of turns. Raise EmbeddingError."""
        return self._asked_back(texts, "turn")

    def _asked_back(self, texts: Sequence[str], kind: Kind) -> Vectors:
        seat = _seat.get()
        if seat is None or not texts:
            return vectors_of(self._inner, texts, kind)
        vectors = seat.embed(texts, kind)
        if vectors is None:
            raise EmbeddingError("the service has no vectors")
        return vectors


def attend(first: Line, forget: Callable[[], object]) -> None:
    """Say that everything is loaded, and forget whenever told to, until the line ends."""
    with contextlib.suppress(OSError, EOFError):
        first.send(Ready())
        while True:
            first.recv()
            forget()


def main(numbers: Sequence[str]) -> None:
    """Serve the lines of these file descriptors, of which the first manages the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the service's; we end with its lines
    os.nice(NICENESS)
    first, *asking = (Connection(int(number)) for number in numbers)
    settings = Settings()
    configure(settings.log_level, as_json=settings.log_json)
    copilot = assemble(settings, AskedBack)
    for line in asking:
        Seat(line, copilot.pipeline).begin()

    def forget() -> None:
        copilot.knowledge.forget_texts()
        forget_texts()

    attend(first, forget)


if __name__ == "__main__":
    main(sys.argv[1:])
