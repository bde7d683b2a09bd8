"""The conversations that turns came to lately, in memory: what the next turn would read again.

Nothing rests on it. Whoever writes compares with the row under its lock; what another process, a late turn or
an erasure has changed is then read anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace

from copilot.answer import Alert
from copilot.live.model import LiveConversation, LiveTurn
from copilot.live.repeats import Subject

CAPACITY = 1024  # conversations; a chat of thirty messages takes some ten kilobytes


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation with its turns in the order of arrival, and the subjects remembered of it.

    `suspected`: the dangers that the rules have suspected so far, certain or not. `judged`: up to which turn
    the classifier has looked and what it saw is kept.
    """

    conversation: LiveConversation
    turns: tuple[LiveTurn, ...]
    subjects: frozenset[Subject] = frozenset()
    suspected: tuple[Alert, ...] = ()
    judged: int = -1

    @property
    def is_judged(self) -> bool:
        """Whether the classifier has seen everything that the customer said."""
        return all(turn.index <= self.judged for turn in self.turns if turn.role == "customer")


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

    def note_judged(self, conversation_id: str, turn_index: int) -> None:
        """Remember that the classifier has seen the talk up to this turn."""
        with self._lock:
            talk = self._talks.get(conversation_id)
            if talk is not None and talk.judged < turn_index:
                self._talks[conversation_id] = replace(talk, judged=turn_index)

    def clear(self) -> None:
        """Forget every talk."""
        with self._lock:
            self._talks.clear()

    def forget(self, conversation_id: str) -> None:
        """Forget the talk."""
        with self._lock:
            self._talks.pop(conversation_id, None)
