"""Model answers, recorded once and replayed by the hash of their prompt, make a run repeatable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol


class Recorder(Protocol):
    """Where a model's answers are kept between runs; the model path takes one when evaluated."""

    def recall(self, prompt: str) -> str | None:
        """Return the recorded answer to the prompt with this hash, None when there is none."""
        ...

    def record(self, prompt: str, answer: str) -> None:
        """Keep the answer to the prompt with this hash."""
        ...


class UnrecordedPromptError(Exception):
    """A replay met a prompt that was never recorded: code, prompt file or knowledge has changed."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One call as it ended: the answer with its tokens where the server told them, or the fault."""

    prompt: str
    answer: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    fault: str | None = None


def prompt_hash(model: str, messages: Sequence[Mapping[str, str]], parameters: Mapping[str, Any]) -> str:
    """Return the identity of one model call: model, messages and every parameter that changes the answer."""
    content = json.dumps([model, list(messages), dict(parameters)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _recording(line: bytes) -> Recording | None:
    try:
        value: Any = json.loads(line)
        return Recording(**value)
    except (ValueError, TypeError):
        return None  # torn by a kill: it is recorded again


class Tape:
    """A recorder in one JSON Lines file; `replay_only`: unknown prompts raise UnrecordedPromptError.

    Several processes may append to one file: each entry is one write. Of two entries the later counts.
    """

    def __init__(self, path: Path, *, replay_only: bool = False) -> None:
        self._path = path
        self._replay_only = replay_only
        self._known: dict[str, Recording] = {}
        content = path.read_bytes() if path.exists() else b""
        self._torn = bool(content) and not content.endswith(b"\n")
        for line in content.split(b"\n"):
            if line and (entry := _recording(line)) is not None:
                self._known[entry.prompt] = entry

    @property
    def replay_only(self) -> bool:
        """Whether nothing new may be asked."""
        return self._replay_only

    def find(self, prompt: str) -> Recording | None:
        """Return what was recorded, a fault too; raise UnrecordedPromptError when only replaying."""
        if self._replay_only and prompt not in self._known:
            raise UnrecordedPromptError(f"{self._path} has no answer to prompt {prompt[:12]}")
        return self._known.get(prompt)

    def keep(self, entry: Recording) -> None:
        """Append the recording."""
        self._known[entry.prompt] = entry
        said = {name: value for name, value in asdict(entry).items() if value is not None}
        line = (b"\n" if self._torn else b"") + json.dumps(said, ensure_ascii=False).encode() + b"\n"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab", buffering=0) as file:
            file.write(line)
        self._torn = False

    def recall(self, prompt: str) -> str | None:
        """Return the recorded answer, or None (a recorded fault is no answer)."""
        entry = self.find(prompt)
        return entry.answer if entry is not None and entry.fault is None else None

    def record(self, prompt: str, answer: str) -> None:
        """Append the answer."""
        self.keep(Recording(prompt, answer))
