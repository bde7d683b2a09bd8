"""Dangers that the classifier must judge: looked for beside the path of the turn.

The rules answer within a millisecond or two. The classifier needs the turn's vector: ten to sixty
milliseconds of a core. A turn that comes alone to a quiet service waits for it; among many none waits, and
what is seen later becomes an event. Where the rules suspect a danger the look waits for no other, and where
it is not done in time the suspicion counts.

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
from queue import SimpleQueue
from time import monotonic
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from copilot.conversation import Conversation
from copilot.logs import log
from copilot.signals.emergency import Detection
from copilot.signals.emergency.detection import CLASSIFIER_LAYER
from knowledge.apart import ranked
from knowledge.base import UnknownClientError

THREADS = 2  # beside one for the turns in which the rules suspect a danger
# So many looks within a second are too many for each turn to wait for its own: more than one caller who sends
# a turn when the one before is answered, can bring about, and more than half of what a core can do.
BUSY_LOOKS = 15
NOT_CHECKED = Detection((), (CLASSIFIER_LAYER,))


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a turn waits for the classifier where few turns come, in seconds. Among many none waits."""

    # Nobody else waits: the answer has everything, however long the text.
    alone: float = 0.5
    # The rules suspect a danger. Whatever the classifier would have said, from then on it is an alert: half a
    # second after the turn somebody must see it. In the answer where few turns come, else as an event.
    suspected: float = 0.3


class Alarming(Protocol):
    """The part of the pipeline that sees dangers."""

    def alarms(self, conversation: Conversation, *, embed: bool = ...) -> Detection:
        """Return every danger of the conversation."""


@dataclass(slots=True)
class Look:
    """One look at a conversation, under way or done.

    `first`: no other was under way when it began; `quiet`: few began within the last second; `suspected`: the
    rules suspect a danger.
    """

    conversation: Conversation
    first: bool
    quiet: bool
    suspected: bool
    future: Future[Detection] = field(default_factory=Future)
    context: Context = field(default_factory=copy_context)

    def result(self, seconds: float) -> Detection | None:
        """Return what was seen; None where it takes longer."""
        try:
            return self.future.result(seconds)
        except TimeoutError:
            return None

    def unless_done(self, seconds: float, teller: Executor, work: Callable[[], None]) -> None:
        """Do `work` by the teller, in the caller's context, where it takes longer than that from now on."""
        context = self.context.copy()

        def late() -> None:
            if not self.future.done():
                _tell(teller, context, work)

        timer = threading.Timer(seconds, late)
        timer.daemon = True
        timer.start()
        self.future.add_done_callback(lambda done: timer.cancel())

    def then(self, teller: Executor, work: Callable[[Detection], None]) -> None:
        """Do `work` with what was seen, as soon as it is, by the teller and in the caller's context."""
        context = self.context.copy()
        self.future.add_done_callback(lambda done: _tell(teller, context, work, done.result()))


def _tell(teller: Executor, context: Context, work: Callable[..., None], *seen: Detection) -> None:
    with contextlib.suppress(RuntimeError):  # the process ends: the background looks again
        teller.submit(context.run, work, *seen)


class Lookout:
    """Some threads that look, one of them at suspicious turns alone; they start with the first look."""

    def __init__(self, advisor: Alarming, threads: int = THREADS, patience: Patience | None = None) -> None:
        self.patience = patience or Patience()
        self._advisor = advisor
        self._threads = threads
        self._plain: SimpleQueue[Look | None] = SimpleQueue()
        self._suspicious: SimpleQueue[Look | None] = SimpleQueue()
        self._open = 0
        self._begun: deque[float] = deque(maxlen=BUSY_LOOKS)
        self._started = False
        self._lock = threading.Lock()
        # Not by the threads that look: who waits for the disk does not look.
        self.teller = ThreadPoolExecutor(1, "live-teller")

    def begin(self, conversation: Conversation, *, suspected: bool = False) -> Look:
        """Begin to look at the conversation; whose rows may be read goes with the caller's context."""
        with self._lock:
            look = Look(conversation, first=not self._open, quiet=self._is_quiet(), suspected=suspected)
            self._open += 1
            self._start()
        (self._suspicious if suspected else self._plain).put(look)
        return look

    def close(self) -> None:
        """End after the looks at hand; the background looks at every conversation again."""
        for _ in range(self._threads):
            self._plain.put(None)
        self._suspicious.put(None)
        self.teller.shutdown(wait=False, cancel_futures=True)

    def _is_quiet(self) -> bool:
        now = monotonic()
        quiet = len(self._begun) < BUSY_LOOKS or now - self._begun[0] > 1
        self._begun.append(now)
        return quiet

    def _start(self) -> None:
        if not self._started:
            self._started = True
            for queue in (*[self._plain] * self._threads, self._suspicious):
                threading.Thread(target=self._work, args=(queue,), name="live-lookout", daemon=True).start()

    def _work(self, queue: SimpleQueue[Look | None]) -> None:
        while (look := queue.get()) is not None:
            look.context.run(self._finish, look)

    def _finish(self, look: Look) -> None:
        with ranked("urgent" if look.suspected else "prompt"):
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
