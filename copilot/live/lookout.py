"""Dangers that the classifier must judge: looked for beside the path of the turn.

The rules answer within a millisecond or two. The classifier needs the turn's vector: ten to fifty
milliseconds of a core. A turn that comes alone to a quiet service waits for it; among many it waits a moment,
and what comes later becomes an event. Where the rules suspect a danger the look goes before all others, and
where it is not done in time the suspicion counts.

The threads here keep the priority of those that answer calls: one that stepped back while it held the
interpreter would hold up everybody. What takes a core is done elsewhere (`knowledge/apart.py`).
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, TimeoutError
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from itertools import count
from queue import PriorityQueue
from time import monotonic
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from copilot.conversation import Conversation
from copilot.logs import log
from copilot.signals.emergency import Detection
from copilot.signals.emergency.detection import CLASSIFIER_LAYER
from knowledge.base import UnknownClientError

THREADS = 2
# So many looks within a second are too many for each turn to wait for its own.
BUSY_LOOKS = 5
NOT_CHECKED = Detection((), (CLASSIFIER_LAYER,))


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a turn waits for the classifier, in seconds."""

    # Nobody else waits, and few turns come: the answer has everything, however long the text.
    alone: float = 1.0
    # Many turns at once: with the rest of the path the answer stays under 50 ms.
    together: float = 0.015
    # The rules suspect a danger. Whatever the classifier would have said, from then on it is an alert: half a
    # second after the turn somebody must see it.
    suspected: float = 0.3


class Alarming(Protocol):
    """The part of the pipeline that sees dangers."""

    def alarms(self, conversation: Conversation, *, embed: bool = ...) -> Detection:
        """Return every danger of the conversation."""


@dataclass(slots=True)
class Look:
    """One look at a conversation, under way or done.

    `alone`: no other was under way when it began, and few began within the last second.
    """

    conversation: Conversation
    alone: bool
    future: Future[Detection] = field(default_factory=Future)
    context: Context = field(default_factory=copy_context)

    def result(self, seconds: float) -> Detection | None:
        """Return what was seen; None where it takes longer."""
        try:
            return self.future.result(seconds)
        except TimeoutError:
            return None

    def then(self, teller: Executor, work: Callable[[Detection], None]) -> None:
        """Do `work` with what was seen, as soon as it is, by the teller and in the caller's context."""
        context = self.context.copy()
        self.future.add_done_callback(lambda done: _tell(teller, context, work, done.result()))


def _tell(teller: Executor, context: Context, work: Callable[[Detection], None], seen: Detection) -> None:
    with contextlib.suppress(RuntimeError):  # the process ends: the background looks again
        teller.submit(context.run, work, seen)


@dataclass(order=True, slots=True)
class _Job:
    """A look in the queue: those of suspicious turns first, then in the order of the turns."""

    place: tuple[int, int]
    look: Look | None = field(compare=False)


class Lookout:
    """Some threads that look; they start with the first look."""

    def __init__(self, advisor: Alarming, threads: int = THREADS, patience: Patience | None = None) -> None:
        self.patience = patience or Patience()
        self._advisor = advisor
        self._threads = threads
        self._queue: PriorityQueue[_Job] = PriorityQueue()
        self._number = count()
        self._open = 0
        self._begun: deque[float] = deque(maxlen=BUSY_LOOKS)
        self._started = False
        self._lock = threading.Lock()
        # Not by the threads that look: who waits for the disk does not look.
        self.teller = ThreadPoolExecutor(1, "live-teller")

    def begin(self, conversation: Conversation, *, suspected: bool = False) -> Look:
        """Begin to look at the conversation; whose rows may be read goes with the caller's context."""
        with self._lock:
            look = Look(conversation, alone=not self._open and self._is_quiet())
            self._open += 1
            self._start()
        self._queue.put(_Job((0 if suspected else 1, next(self._number)), look))
        return look

    def close(self) -> None:
        """End after the looks at hand; the background looks at every conversation again."""
        for _ in range(self._threads if self._started else 0):
            self._queue.put(_Job((-1, 0), None))
        self.teller.shutdown(wait=False, cancel_futures=True)

    def _is_quiet(self) -> bool:
        now = monotonic()
        quiet = len(self._begun) < BUSY_LOOKS or now - self._begun[0] > 1
        self._begun.append(now)
        return quiet

    def _start(self) -> None:
        if not self._started:
            self._started = True
            for number in range(self._threads):
                threading.Thread(target=self._work, name=f"live-lookout-{number}", daemon=True).start()

    def _work(self) -> None:
        while (look := self._queue.get().look) is not None:
            look.context.run(self._finish, look)

    def _finish(self, look: Look) -> None:
        seen = self._see(look.conversation)
        with self._lock:
            self._open -= 1
        look.future.set_result(seen)

    def _see(self, conversation: Conversation) -> Detection:
        try:
            return self._advisor.alarms(conversation)
        except (SQLAlchemyError, UnknownClientError) as error:
            log().error("conversation not checked for dangers", kind=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - the thread's last boundary: the next turn must be looked at
            log().error("conversation not checked for dangers", exc_info=error)
        return NOT_CHECKED
