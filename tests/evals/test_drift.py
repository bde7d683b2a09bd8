from __future__ import annotations

import json
from pathlib import Path

from evals.drift import drift


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
