"""The conversations that turns came to lately, in memory: what the next turn would read again.

Nothing rests on it. Whoever writes compares with the row under its lock; what another process, a late turn or
an erasure has changed is then read anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from copilot.live.model import LiveConversation, LiveTurn
from copilot.live.repeats import Subject

CAPACITY = 1024  # conversations; a chat of thirty messages takes some ten kilobytes


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation with its turns in the order of arrival, and the subjects remembered of it."""

    conversation: LiveConversation
    turns: tuple[LiveTurn, ...]
    subjects: frozenset[Subject] = frozenset()


@dataclass(slots=True)
class Recent:
    """The latest talks by conversation id. Safe between threads."""

    capacity: int = CAPACITY
    _talks: OrderedDict[str, Talk] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, conversation_id: str) -> Talk | None:
        """Return the talk as it was last seen; None where it was not."""
        with self._lock:
            talk = self._talks.get(conversation_id)
            if talk is not None:
                self._talks.move_to_end(conversation_id)
            return talk

    def keep(self, talk: Talk) -> None:
        """Remember the talk in place of what was known of it."""
        with self._lock:
            self._talks[talk.conversation.id] = talk
            self._talks.move_to_end(talk.conversation.id)
            while len(self._talks) > self.capacity:
                self._talks.popitem(last=False)

    def clear(self) -> None:
        """Forget every talk."""
        with self._lock:
            self._talks.clear()

    def forget(self, conversation_id: str) -> None:
        """Forget the talk."""
        with self._lock:
            self._talks.pop(conversation_id, None)
