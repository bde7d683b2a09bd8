"""The service's end: has suggestions made beside it, and makes them itself where that cannot be.

Composing a suggestion takes some fifty to a hundred milliseconds of Python. In a thread of the service each
of them keeps every turn of that time waiting for the interpreter; in another process none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from time import monotonic
from typing import Protocol, assert_never

from copilot.answer import Answer
from copilot.conversation import Conversation
from copilot.live.beside.messages import (
    Advised,
    Ask,
    Embed,
    Embedded,
    Failed,
    Forget,
    Line,
    Overtaken,
    Said,
    ToService,
)
from copilot.logs import log
from copilot.models.chat import Cancellation
from copilot.pipeline import Delta
from copilot.request import DEFAULT_WANT, Want
from knowledge.apart import ranked
from knowledge.embedding import EmbeddingError, Kind, Vectors
from knowledge.store.engine import reaching

LOAD_SECONDS = 180.0  # on cores that others keep busy
# Silence for so long is the end of it: a model may be silent for its deadline, twenty seconds unless set.
SILENT_SECONDS = 50.0
# How long it may go unnoticed that a newer turn came.
_LOOK_SECONDS = 0.1
# After a process that died; twice as long after each that died before it had loaded.
RESTART_SECONDS = 5.0
_DOUBLED_AT_MOST = 7
# Of samples: everything is composed, no model is asked to word it.
_UNWORDED: tuple[Want, ...] = tuple(want for want in DEFAULT_WANT if want != "suggestions")
OnDelta = Callable[[Delta], None]


class WorkerLostError(Exception):
    """The process at the other end died, or says nothing any more."""


class Suggesting(Protocol):
    """The part of the pipeline that makes the whole answer."""

    def assist(  # noqa: PLR0913 - keywords are the options of one look
        self,
        conversation: Conversation,
        want: Collection[Want] = ...,
        request_id: str | None = ...,
        *,
        on_delta: OnDelta | None = ...,
        cancel: Cancellation | None = ...,
        instruction: str | None = ...,
    ) -> Answer:
        """Return the whole answer; `on_delta` hears each sentence that a model has worded."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines to one process: the first to manage it, the others to ask."""

    first: Line
    asking: Sequence[Line]


class _Worker:
    """One process that has begun. Safe between threads once it is ready."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._managing = threading.Lock()
        self._free: SimpleQueue[Line] = SimpleQueue()
        for line in lines.asking:
            self._free.put(line)

    def wait(self, seconds: float) -> None:
        """Return once it has loaded. Raise WorkerLostError."""
        try:
            if self._lines.first.poll(seconds):
                self._lines.first.recv()
                return
        except (OSError, EOFError) as error:
            raise WorkerLostError from error
        raise WorkerLostError

    @contextmanager
    def line(self) -> Iterator[Line]:
        """Return a line that nobody asks on. Raise WorkerLostError for what happens to it meanwhile."""
        free = self._free.get()
        try:
            yield free
        except (OSError, EOFError) as error:
            raise WorkerLostError from error
        finally:
            self._free.put(free)  # a lost one fails at once for whoever takes it next

    def forget(self) -> None:
        """Tell it to forget texts. Raise WorkerLostError."""
        try:
            with self._managing:
                self._lines.first.send(Forget())
        except OSError as error:
            raise WorkerLostError from error

    def close(self) -> None:
        """Give up every line; the process ends by itself."""
        for line in (self._lines.first, *self._lines.asking):
            line.close()


@dataclass(slots=True)
class _Hearing:
    """Passes sentences on, and remembers that there were some."""

    hear: OnDelta | None
    heard: bool = False

    def __call__(self, delta: Delta) -> None:
        self.heard = True
        if self.hear is not None:
            self.hear(delta)

    def again(self) -> OnDelta | None:
        """Who hears a second attempt: nobody hears the same sentences twice."""
        return None if self.heard else self.hear


class Beside:
    """Suggestions made by another process; where it is not there, dies or fails, by `inner`.

    `embed` answers the process's requests for vectors, `start` starts it, `samples` are conversations that it
    advises on before it is used: what is needed is loaded with them. Safe between threads.
    """

    def __init__(
        self,
        inner: Suggesting,
        embed: Callable[[Sequence[str], Kind], Vectors],
        start: Callable[[], Lines],
        samples: Callable[[], Sequence[Conversation]] = tuple,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._inner = inner
        self._embed = embed
        self._start = start
        self._samples = samples
        self._clock = clock
        self._lock = threading.Lock()
        self._worker: _Worker | None = None
        self._busy = False  # with starting one, or closed
        self._not_before = float("-inf")
        self._failures = 0

    def begin(self) -> None:
        """Start the process unless there is one; it is used once it has loaded."""
        with self._lock:
            if self._worker is not None or self._busy or self._clock() < self._not_before:
                return
            self._busy = True
        threading.Thread(target=self._prepare, name="beside-start", daemon=True).start()

    def assist(  # noqa: PLR0913 - as the pipeline
        self,
        conversation: Conversation,
        want: Collection[Want] = DEFAULT_WANT,
        request_id: str | None = None,
        *,
        on_delta: OnDelta | None = None,
        cancel: Cancellation | None = None,
        instruction: str | None = None,
    ) -> Answer:
        """Return the whole answer. Raise what the pipeline raises."""
        hearing = _Hearing(on_delta)
        ask = Ask(conversation, tuple(want), request_id, instruction)
        answer = self._ask(ask, hearing, cancel)
        if answer is not None:
            return answer
        return self._inner.assist(
            conversation, want, request_id, on_delta=hearing.again(), cancel=cancel, instruction=instruction
        )

    def forget(self) -> None:
        """Let the process forget customers' texts; one that cannot be told is given up."""
        worker = self._worker
        if worker is not None:
            try:
                worker.forget()
            except WorkerLostError:
                self._lose(worker)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            worker, self._worker = self._worker, None
            self._busy = True
        if worker is not None:
            worker.close()

    def _ask(self, ask: Ask, hear: OnDelta, cancel: Cancellation | None) -> Answer | None:
        """The answer from beside; None where there is none to be had."""
        worker = self._worker
        if worker is None:
            self.begin()
            return None
        try:
            with worker.line() as line:
                return self._talk(line, ask, hear, cancel)
        except WorkerLostError:
            self._lose(worker)
            return None
        except BaseException:  # of who hears the sentences: nobody knows what is still on the line
            self._lose(worker)
            raise

    def _talk(self, line: Line, ask: Ask, hear: OnDelta, cancel: Cancellation | None) -> Answer | None:
        line.send(ask)
        heard_at, told = self._clock(), False
        while True:
            if cancel is not None and cancel.cancelled and not told:
                line.send(Overtaken())
                told = True
            if line.poll(_LOOK_SECONDS):
                message: ToService = line.recv()
                heard_at = self._clock()
                match message:
                    case Advised(answer):
                        return answer
                    case Failed():
                        return None
                    case Said(text):
                        hear(Delta(text))
                    case Embed(texts, kind):
                        line.send(Embedded(self._vectors(texts, kind)))
                    case _:
                        assert_never(message)
            elif self._clock() - heard_at > SILENT_SECONDS:
                raise WorkerLostError

    def _vectors(self, texts: Sequence[str], kind: Kind) -> Vectors | None:
        try:
            return self._embed(texts, kind)
        except EmbeddingError:
            return None

    def _prepare(self) -> None:
        """Start the process and let it load; a thread of its own."""
        worker: _Worker | None = None
        try:
            worker = _Worker(self._start())
            worker.wait(LOAD_SECONDS)
            with reaching(None), ranked("background"), worker.line() as line:
                for sample in self._samples():
                    self._talk(line, Ask(sample, _UNWORDED), lambda delta: None, None)
        except (OSError, WorkerLostError) as error:
            log().warning("no process for suggestions", kind=type(error).__name__)
            self._give_up(worker)
        else:
            self._use(worker)

    def _use(self, worker: _Worker) -> None:
        with self._lock:
            self._busy, self._worker, self._failures = False, worker, 0

    def _give_up(self, worker: _Worker | None) -> None:
        with self._lock:
            self._not_before = self._clock() + RESTART_SECONDS * 2 ** min(self._failures, _DOUBLED_AT_MOST)
            self._failures += 1
            self._busy = False
        if worker is not None:
            worker.close()

    def _lose(self, worker: _Worker) -> None:
        """Give the process up, once; its lines close when the last who asks on one has left."""
        with self._lock:
            if self._worker is not worker:
                return
            self._worker = None
            self._not_before = self._clock() + RESTART_SECONDS
        log().warning("the process for suggestions is gone")
