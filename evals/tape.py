"""Model answers, recorded once and replayed by the hash of their prompt, make a run repeatable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
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


def prompt_hash(model: str, messages: Sequence[Mapping[str, str]], parameters: Mapping[str, Any]) -> str:
    """Return the identity of one model call: model, messages and every parameter that changes the answer."""
    content = json.dumps([model, list(messages), dict(parameters)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


class Tape:
    """A recorder in one JSON Lines file; `replay_only`: unknown prompts raise UnrecordedPromptError."""

    def __init__(self, path: Path, *, replay_only: bool = False) -> None:
        self._path = path
        self._replay_only = replay_only
        self._known: dict[str, str] = {}
        for line in path.read_text("utf-8").split("\n") if path.exists() else ():
            if line.endswith("}"):  # a torn last line is recorded again
                entry = json.loads(line)
                self._known[entry["prompt"]] = entry["answer"]

    def recall(self, prompt: str) -> str | None:
        """Return the recorded answer, or None."""
        if self._replay_only and prompt not in self._known:
            raise UnrecordedPromptError(f"{self._path} has no answer to prompt {prompt[:12]}")
        return self._known.get(prompt)

    def record(self, prompt: str, answer: str) -> None:
        """Append the answer."""
        self._known[prompt] = answer
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"prompt": prompt, "answer": answer}, ensure_ascii=False) + "\n")
