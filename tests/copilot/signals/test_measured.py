"""The signals on the replies and promises written beside them, and on the shared ones where present."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from copilot.signals.promise import find_promise_in
from copilot.signals.stock_phrase import label_reply

ROOT = Path(__file__).parents[3]
OWN = ROOT / "evals" / "data" / "dev"
SHARED = ROOT.parent / "shared" / "data" / "dev_set"
ZONES = {"zh-Hant": "Asia/Taipei"}


def lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize(
    "path", [OWN / "stock_phrases_own.jsonl", SHARED / "stock_phrases.jsonl"], ids=["own", "shared"]
)
def test_replies_are_labelled_as_people_labelled_them(path: Path) -> None:
    replies = lines(path)
    right = sum(label_reply(r["text"], (r["context"],)).label == r["label"] for r in replies)
    assert right / len(replies) >= 0.95


@pytest.mark.parametrize(
    "path", [OWN / "promises_own.jsonl", SHARED / "promises.jsonl"], ids=["own", "shared"]
)
def test_promises_and_their_ends_are_found(path: Path) -> None:
    right = 0
    rows = [row for row in lines(path) if row["speaker"] == "agent"]
    for row in rows:
        zone = ZONES.get(row["lang"], "Asia/Shanghai")
        found = find_promise_in(row["text"], datetime.fromisoformat(row["said_at"]), zone)
        due = datetime.fromisoformat(row["due"]) if row["due"] else None
        right += (bool(found) and found[0].due_at == due) if row["promise"] else not found
    assert right / len(rows) >= 0.97
