"""Answers to identical requests, for a while and in this process only: they are not paid twice."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic


@dataclass(slots=True)
class AnswerMemory:
    """At most `size` answers, each for `seconds`. What is kept is masked as it was sent and received."""

    size: int = 512
    seconds: float = 600.0
    clock: Callable[[], float] = monotonic
    _kept: OrderedDict[str, _Kept] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def recall(self, identity: str) -> str | None:
        """Return the answer to the request with this identity, None where there is none."""
        with self._lock:
            kept = self._kept.get(identity)
            if kept is None or kept.until < self.clock():
                self._kept.pop(identity, None)
                return None
            self._kept.move_to_end(identity)
            return kept.answer

    def record(self, identity: str, answer: str) -> None:
        """Keep the answer; the longest unused goes."""
        with self._lock:
            self._kept[identity] = _Kept(answer, self.clock() + self.seconds)
            self._kept.move_to_end(identity)
            while len(self._kept) > self.size:
                self._kept.popitem(last=False)


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: str
    until: float
