"""What the service and the process beside it say to each other. Each line carries one question at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from copilot.answer import Answer
from copilot.conversation import Conversation
from copilot.request import Want
from knowledge.embedding import Kind, Vectors


@dataclass(frozen=True, slots=True)
class Ask:
    """Advise on the conversation."""

    conversation: Conversation
    want: tuple[Want, ...]
    request_id: str | None = None
    instruction: str | None = None


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Nobody waits for what a model words any more."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors that were wanted, float32 of shape (n, dimensions); None where there are none to be had."""

    vectors: Vectors | None


ToWorker = Ask | Overtaken | Embedded


@dataclass(frozen=True, slots=True)
class Embed:
    """Vectors of these texts are wanted, as of queries or of turns."""

    texts: tuple[str, ...]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Said:
    """The next sentence of a suggestion that a model words."""

    text: str


@dataclass(frozen=True, slots=True)
class Advised:
    """The whole answer."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer from here."""


ToService = Embed | Said | Advised | Failed


@dataclass(frozen=True, slots=True)
class Ready:
    """On the first line, from the process: it has loaded."""


@dataclass(frozen=True, slots=True)
class Forget:
    """On the first line, to the process: forget what is remembered of customers' texts."""


class Line(Protocol):
    """One end of a line: whole messages, in order. Raises OSError or EOFError once the other end is gone."""

    def send(self, obj: Any, /) -> None:
        """Send a message."""

    def recv(self) -> Any:
        """Wait for the next message."""

    def poll(self, timeout: float, /) -> bool:
        """Wait for at most so many seconds; return whether there is a message."""

    def close(self) -> None:
        """Give the line back."""
