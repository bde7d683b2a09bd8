"""Suggestions that this process is wording right now, so that a newer turn can end them."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from copilot.models.chat import Cancellation


@dataclass(frozen=True, slots=True)
class Advising:
    """The work under way by conversation. Safe between threads; other processes look at the database."""

    _running: dict[str, set[Cancellation]] = field(default_factory=lambda: defaultdict(set))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def running(self, conversation_id: str) -> Iterator[Cancellation]:
        """Note that advice is worked on, and return what ends it."""
        cancellation = Cancellation()
        with self._lock:
            self._running[conversation_id].add(cancellation)
        try:
            yield cancellation
        finally:
            with self._lock:
                self._running[conversation_id].discard(cancellation)
                if not self._running[conversation_id]:
                    del self._running[conversation_id]

    def overtake(self, conversation_id: str) -> None:
        """End what is being worded for the conversation: something newer was said."""
        with self._lock:
            for cancellation in self._running.get(conversation_id, ()):
                cancellation.cancel()
