"""The threads of one process: background suggestions, and the clocks. Work itself stands in the database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from copilot.live.advice import run_due
from copilot.live.alerts import run_clocks
from copilot.live.desk import Desk
from copilot.live.promises import run_overdue
from copilot.logs import log
from knowledge.apart import ranked
from knowledge.base import UnknownClientError
from knowledge.embedding import EmbeddingError
from knowledge.store.engine import reaching

ADVICE_SECONDS = 0.1
CLOCK_SECONDS = 0.25


@dataclass(slots=True)
class Runner:
    """Starts and stops the threads; stopping waits for the step at hand.

    `advisers`: how many suggestions are worked on at once; more than one where they wait for a model.
    """

    desk: Desk
    advisers: int = 1
    stop_event: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin."""
        advisers = [(f"live-advice-{number}", run_due, ADVICE_SECONDS) for number in range(self.advisers)]
        for name, work, seconds in (
            *advisers,
            ("live-alerts", run_clocks, CLOCK_SECONDS),
            ("live-promises", run_overdue, CLOCK_SECONDS * 4),
        ):
            thread = threading.Thread(target=self._loop, args=(work, seconds), name=name, daemon=True)
            self.threads.append(thread)
            thread.start()

    def stop(self, patience: float = 3.0) -> None:
        """End, waiting at most `patience` seconds a thread; what was not done is done at the next start."""
        self.stop_event.set()
        self.desk.lookout.close()
        self.desk.notes.close()
        for thread in self.threads:
            thread.join(patience)

    def _loop(self, work: Callable[[Desk], int], seconds: float) -> None:
        while not self.stop_event.is_set():
            done = self._guarded(work)
            if not done and self.stop_event.wait(seconds):
                return

    def _guarded(self, work: Callable[[Desk], int]) -> int:
        """An error of one round is logged and does not end the thread."""
        try:
            with reaching(None), ranked("background"):  # the work of every client, behind its turns
                return work(self.desk)
        except (SQLAlchemyError, EmbeddingError, UnknownClientError) as error:
            log().error("live work failed", work=work.__name__, kind=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - the thread's last boundary: clocks and advice must go on
            log().error("live work failed unexpectedly", work=work.__name__, exc_info=error)
        return 0
