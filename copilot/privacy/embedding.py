"""What customers said, masked before an embedding endpoint elsewhere sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from copilot.privacy.masking import mask
from knowledge.embedding import Embedder, Vectors


@dataclass(frozen=True, slots=True)
class MaskedQueries:
    """An embedder that is given queries without personal data, passages (articles) as they are.

    Turns are as they are, too: they are embedded inside.
    """

    embedder: Embedder

    @property
    def name(self) -> str:
        """Return the embedder's own name: what it made of the articles stays valid."""
        return self.embedder.name

    @property
    def dimensions(self) -> int:
        """Return the length of its vectors."""
        return self.embedder.dimensions

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors of the masked texts; each text is masked by itself, so alike in any company."""
        return self.embedder.queries([mask([text]).texts[0] for text in texts])

    requests = queries

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors of the texts."""
        return self.embedder.passages(texts)

    def turns(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors of the turns."""
        return self.embedder.turns(texts)
