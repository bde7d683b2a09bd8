"""Dangers that only the classifier sees: looked for beside the path of the turn.

The rules answer within a millisecond or two. The classifier needs the turn's vector: ten to fifty
milliseconds of a core, more when many turns come at once. The turn waits for it a moment; what comes later
becomes an event.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from copilot.conversation import Conversation
from copilot.logs import log
from copilot.signals.emergency import Detection
from copilot.signals.emergency.detection import CLASSIFIER_LAYER
from knowledge.base import UnknownClientError

# How long a turn waits for its vector, in seconds; with the rest of the path it stays under 50 ms.
PATIENCE = 0.025
THREADS = 2
# Behind the threads that answer calls: those are short, and somebody waits for them.
_NICENESS = 5
NOT_CHECKED = Detection((), (CLASSIFIER_LAYER,))


class Alarming(Protocol):
    """The part of the pipeline that sees dangers."""

    def alarms(self, conversation: Conversation) -> Detection:
        """Return every danger of the conversation."""


@dataclass(slots=True)
class Look:
    """One look at a conversation, under way or done."""

    _future: Future[Detection]
    _idle: bool

    def result(self, patience: float) -> Detection | None:
        """Return what was seen; None where it takes longer than `patience` seconds.

        Nobody waits where other looks stand before this one: it could not be done in time.
        """
        try:
            return self._future.result(patience if self._idle else 0)
        except TimeoutError:
            return None

    def then(self, work: Callable[[Detection], None]) -> None:
        """Do `work` with what was seen, as soon as it is, reaching the rows that the caller reaches."""
        context = copy_context()
        self._future.add_done_callback(
            lambda done: None if done.cancelled() else context.run(work, done.result())
        )


@dataclass(slots=True)
class Lookout:
    """Two threads that look, in the order of the turns; they start with the first look."""

    advisor: Alarming
    threads: int = THREADS
    patience: float = PATIENCE
    _open: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pool: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.threads, "live-lookout", initializer=_step_back)

    def begin(self, conversation: Conversation) -> Look:
        """Begin to look at the conversation; whose rows may be read goes with the caller's context."""
        with self._lock:
            idle = self._open < self.threads
            self._open += 1
        return Look(self._pool.submit(copy_context().run, self._see, conversation), idle)

    def close(self) -> None:
        """Drop what was not begun: the background looks at every conversation again."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _see(self, conversation: Conversation) -> Detection:
        try:
            return self.advisor.alarms(conversation)
        except (SQLAlchemyError, UnknownClientError) as error:
            log().error("conversation not checked for dangers", kind=type(error).__name__)
            return NOT_CHECKED
        finally:
            with self._lock:
                self._open -= 1


def _step_back() -> None:
    """Lower this thread's priority, where the system has priorities for threads (Linux)."""
    with contextlib.suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
