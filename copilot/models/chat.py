"""What is asked of a language model, what comes back, and the ways in which it may fail."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Purpose = Literal["suggestion", "escalation", "second_reading", "judge", "probe"]
Fault = Literal[
    "deadline",  # the whole call took too long
    "first_token",  # nothing came in time
    "rate_limited",  # 429
    "unavailable",  # dead, 5xx, connection refused
    "refused",  # wrong key, wrong model, a request that the server does not accept
    "cut",  # the stream ended in the middle
    "malformed",  # nothing that the protocol allows
    "empty",
    "too_long",
    "budget",  # a ceiling of ours would be passed
    "circuit_open",  # it failed repeatedly a moment ago
    "cancelled",  # overtaken by a newer turn
]


class ModelError(Exception):
    """A model call that gave nothing usable; `fault` says why, `retry_after` in seconds where told."""

    def __init__(self, fault: Fault, retry_after: float | None = None) -> None:
        super().__init__(fault)
        self.fault = fault
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Message:
    """One message; the model's own turns never occur, every call stands alone."""

    role: Literal["system", "user"]
    text: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One call. `prompt` names the prompt file and its version; `schema` is the JSON Schema of the answer."""

    purpose: Purpose
    client_id: str
    prompt: str
    messages: tuple[Message, ...]
    max_tokens: int
    schema: Mapping[str, Any] | None = field(default=None, hash=False)

    def identity(self, model: str) -> str:
        """Return what two identical requests have in common; requests of two clients never have it."""
        said = [(message.role, message.text) for message in self.messages]
        whole = [model, self.client_id, self.purpose, said, self.max_tokens, self.schema]
        return hashlib.sha256(json.dumps(whole, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Piece:
    """The next characters of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens as the server counted them."""

    tokens_in: int
    tokens_out: int


Part = Piece | Counts


class Cancellation:
    """Says from any thread that nobody waits for the answer any more."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """End the work that holds this token."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether the work is to end."""
        return self._event.is_set()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call may take, in seconds: to its first piece, and as a whole."""

    first_token: float = 8.0
    total: float = 20.0


@dataclass(frozen=True, slots=True)
class Watch:
    """The times (monotonic seconds) at which one call is given up, and its cancellation."""

    first_token_at: float
    end_at: float
    cancel: Cancellation

    @staticmethod
    def begin(patience: Patience, now: float, cancel: Cancellation | None = None) -> Watch:
        """Return the watch of a call that begins `now`."""
        return Watch(
            now + min(patience.first_token, patience.total), now + patience.total, cancel or Cancellation()
        )


class ChatModel(Protocol):
    """A language model, or something around one."""

    @property
    def name(self) -> str:
        """What the model is called in records."""

    def stream(self, request: ChatRequest, watch: Watch) -> Iterator[Part]:
        """Yield the answer as it comes, at the end the counts where the server tells. Raise ModelError."""
