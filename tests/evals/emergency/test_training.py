from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="training needs the extra `train`")

from evals.emergency.augment import lengthened
from evals.emergency.data import Case, Utterance, written
from evals.emergency.train import save, train

DANGER = ("我爸昏倒了", "家里着火了", "有人砸门", "他没呼吸了")
CALM = ("退款到了吗", "发票抬头改一下", "快递到哪了", "尺码大了")


def case(index: int, text: str, level: str) -> Case:
    danger = level != "none"
    category = ("medical", "fire_gas_battery")[index % 2] if danger else "none"
    return Case(
        f"c{index}",
        "batch_e" if not danger else "batch_a",
        "s",
        "zh-Hans",
        (Utterance("customer", text),),
        level,
        category,
        first=0 if danger else None,
    )  # type: ignore[arg-type]


CASES = (
    *(case(i, text, "emergency" if i else "urgent") for i, text in enumerate(DANGER)),
    *(case(i, text, "none") for i, text in enumerate(CALM, start=len(DANGER))),
)
VECTORS = {
    text: np.eye(384, dtype=np.float32)[i]
    for i, text in enumerate(t for c in CASES for t in c.customer_texts)
}


def test_the_same_cases_give_the_same_bytes(tmp_path):
    first, second = tmp_path / "first.npz", tmp_path / "second.npz"
    save(train(CASES, VECTORS), first)
    save(train(CASES, VECTORS), second)
    assert first.read_bytes() == second.read_bytes()


def test_lengthening_puts_a_harmless_sentence_before_the_same_message():
    for variant in lengthened(CASES):
        original = variant.turns[0].text
        assert any(original.endswith(text) for text in DANGER)
        assert any(original.startswith(text) for text in CALM)


def test_lengthening_one_case_does_not_depend_on_the_others():
    some = lengthened(CASES)
    more = lengthened((*CASES, replace(CASES[0], id="another")))
    assert [c.id for c in some] == [c.id for c in more if c.id != "another+routine"]


def test_every_written_case_names_a_customer_turn_for_its_first_alert():
    for found in written():
        if found.level != "none":
            assert found.first is not None
            assert found.turns[found.first].role == "customer"
