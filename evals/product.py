"""What evaluation needs of the product, whichever it is: the real pipeline, a mutant, a fake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from evals.observation import Assistant
from knowledge.model import ClientKnowledge


@dataclass(frozen=True)
class World:
    """One installation: the client folders that the cases of a data set need, and nothing of others.

    `folders` maps a client id to its folder; `documents` a retrieval base to the file of its documents;
    `data_dir` holds the installation's state between runs.
    """

    name: str
    data_dir: Path
    folders: Mapping[str, Path]
    documents: Mapping[str, Path]


class Product(Protocol):
    """Opens worlds. Must be picklable: every worker process opens its own."""

    def identity(self) -> str:
        """Return what code, prompts, model and settings this is; another identity is observed anew."""
        ...

    def prepare(self, world: World) -> str:
        """Import the world's knowledge once (idempotent) and return its version."""
        ...

    def open(self, world: World) -> Assistant:
        """Return the assistant of a prepared world."""
        ...

    def knowledge(self, world: World) -> Mapping[str, ClientKnowledge]:
        """Return what each client of a prepared world knows."""
        ...
