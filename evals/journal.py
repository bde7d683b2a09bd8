"""What was observed is written down at once, so that a killed evaluation goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import ValidationError

from evals.cases import Case
from evals.observation import Observation


def job_key(case: Case, knowledge_version: str, product: str) -> str:
    """Return the identity of one observation: case, knowledge and product (code, prompts, model).

    Where the case stands in its file does not matter, nor what a marker thought of an answer to it.
    """
    content = case.model_dump_json(exclude={"where", "set", "mark"})
    return hashlib.sha256("\x1f".join((content, knowledge_version, product)).encode()).hexdigest()


def _entry(line: bytes) -> tuple[str, Observation] | None:
    try:
        value: Any = json.loads(line)
        return str(value["key"]), Observation.model_validate(value["observation"])
    except (ValueError, KeyError, TypeError, ValidationError):
        return None  # torn by a kill, or of an older shape: it is observed again


def forget_others(path: Path, keys: frozenset[str]) -> int:
    """Keep only observations with these keys, forget the others; return how many those were."""
    lines = path.read_bytes().split(b"\n") if path.exists() else []
    found = [(line, entry[0]) for line in lines if line and (entry := _entry(line)) is not None]
    kept = [line for line, key in found if key in keys]
    if len(kept) < len(found):
        unfinished = path.with_suffix(".new")
        unfinished.write_bytes(b"".join(line + b"\n" for line in kept))
        unfinished.replace(path)
    return len(found) - len(kept)


class Journal:
    """An append-only file of observations by key. One writer; a torn last line is ignored."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, Observation] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        content = path.read_bytes() if path.exists() else b""
        for line in content.split(b"\n"):
            if line and (entry := _entry(line)) is not None:
                self._known[entry[0]] = entry[1]
        self._file = path.open("ab")
        if content and not content.endswith(b"\n"):
            self._file.write(b"\n")

    @property
    def known(self) -> Mapping[str, Observation]:
        """Everything observed so far."""
        return self._known

    def add(self, key: str, observation: Observation) -> None:
        """Write the observation down; after return it survives a kill of the process."""
        line = json.dumps(
            {"key": key, "observation": observation.model_dump(mode="json")}, ensure_ascii=False
        )
        self._file.write(line.encode() + b"\n")
        self._file.flush()
        self._known[key] = observation

    def __enter__(self) -> Journal:
        """Return the open journal."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._file.close()
