from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from copilot.request import TurnIn
from evals.drift import drift
from evals.impressions import Impression


def write(path: Path, texts: list[str], **more: str) -> Path:
    rows = [
        {"id": str(i), "client": "lulu", "turns": [{"role": "customer", "text": t}]} | more
        for i, t in enumerate(texts)
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return path


def test_the_same_traffic_is_stable_and_another_topic_is_shifted(tmp_path: Path) -> None:
    usual = ["取消费为什么扣我四块钱", "司机没来还收取消费", "发票什么时候开给我"] * 10
    other = ["充电桩坏了枪拔不出来", "充电桩一直显示故障", "枪拔不出来怎么办"] * 10
    evaluated = write(tmp_path / "conversations.jsonl", usual, kind="resolve")
    same = drift([write(tmp_path / "recorded_a.jsonl", usual)], [evaluated]).clients[0]
    moved = drift([write(tmp_path / "recorded_b.jsonl", other)], [evaluated]).clients[0]
    assert same.topics.reading == "stable"
    assert moved.topics.reading == "shifted"
    assert "充电" in "".join(moved.new_words)
    assert same.new_words == ()


def test_another_language_is_seen(tmp_path: Path) -> None:
    evaluated = write(tmp_path / "conversations.jsonl", ["取消费为什么扣我四块钱"] * 20, kind="resolve")
    live = write(tmp_path / "recorded.jsonl", ["why was I charged a fee"] * 20)
    assert drift([live], [evaluated]).clients[0].language.reading == "shifted"


def test_a_client_that_nobody_evaluates_is_named_first(tmp_path: Path) -> None:
    evaluated = write(
        tmp_path / "conversations.jsonl", ["取消费为什么扣我四块钱"] * 5, kind="resolve", client="else"
    )
    live = write(tmp_path / "recorded.jsonl", ["取消费为什么扣我四块钱"] * 5)
    found = drift([live], [evaluated]).clients[0]
    assert (found.client, found.evaluated, found.topics.reading) == ("lulu", 0, "not evaluated")


@dataclass(frozen=True)
class WordEye:
    """Puts a talk where its topic is; danger is the word 救命."""

    def look(self, turns: Sequence[TurnIn], lang: str) -> Impression:
        text = " ".join(turn.text for turn in turns)
        rng = np.random.default_rng(len(text))
        place = np.array([1.0, 0.0] if "取消" in text else [0.0, 1.0], np.float32)
        vector = place + rng.normal(0, 0.01, 2).astype(np.float32)
        return Impression((vector / np.linalg.norm(vector)).astype(np.float32), "救命" in text)


USUAL = [f"取消费为什么扣我{n}块钱" + "啊" * n for n in range(40)]


def test_talks_about_something_else_lie_far_from_every_evaluated_one(tmp_path: Path) -> None:
    evaluated = write(tmp_path / "conversations.jsonl", USUAL, kind="resolve")
    other = [*USUAL[:20], *(f"充电桩坏了{n}" for n in range(10))]
    same = drift([write(tmp_path / "recorded_a.jsonl", USUAL)], [evaluated], WordEye()).clients[0].meaning
    moved = drift([write(tmp_path / "recorded_b.jsonl", other)], [evaluated], WordEye()).clients[0].meaning
    assert same is not None
    assert moved is not None
    assert (same.reading, moved.reading) == ("stable", "shifted")
    assert same.distance < 0.01 < moved.distance
    assert moved.far.n == 30
    assert set(moved.farthest) <= {str(n) for n in range(20, 30)}


def test_more_alerts_than_in_the_evaluated_talks_are_seen_and_written_alarms_do_not_count(
    tmp_path: Path,
) -> None:
    evaluated = write(tmp_path / "conversations.jsonl", USUAL, kind="resolve")
    written = write(tmp_path / "emergency.jsonl", ["救命"] * 40, level="emergency")
    calm = (
        drift([write(tmp_path / "recorded_a.jsonl", USUAL)], [evaluated, written], WordEye())
        .clients[0]
        .alerts
    )
    alarming = write(tmp_path / "recorded_b.jsonl", [*USUAL[:20], *["取消 救命"] * 10])
    loud = drift([alarming], [evaluated, written], WordEye()).clients[0].alerts
    assert calm is not None
    assert loud is not None
    assert (calm.reading, loud.reading) == ("stable", "shifted")
    assert (loud.live.n, loud.evaluated.n, loud.evaluated.value) == (30, 40, 0.0)


def test_without_an_eye_or_with_too_few_evaluated_talks_meaning_is_unknown(tmp_path: Path) -> None:
    few = write(tmp_path / "conversations.jsonl", USUAL[:5], kind="resolve")
    live = write(tmp_path / "recorded.jsonl", USUAL)
    assert drift([live], [few]).clients[0].meaning is None
    assert drift([live], [few], WordEye()).clients[0].meaning is None
