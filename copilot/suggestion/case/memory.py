"""What is computed once for each version of a client's knowledge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from knowledge.model import ClientKnowledge

# Versions that are remembered; a service has dozens of clients, a version each.
_CAPACITY = 256

T = TypeVar("T")


class PerVersion(Generic[T]):
    """A value for each (client, version), computed on the first request."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], T] = {}

    def of(self, knowledge: ClientKnowledge, compute: Callable[[ClientKnowledge], T]) -> T:
        """Return the value for this version of `knowledge`."""
        key = (knowledge.settings.id, knowledge.version)
        if key not in self._known:
            if len(self._known) >= _CAPACITY:
                self._known.clear()
            self._known[key] = compute(knowledge)
        return self._known[key]
