from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
CASES = 120
IN_FLIGHT = 4  # two workers with two cases each: asked, but not yet written down


def start(root: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "tests.evals.slow_product", str(root)]
    return subprocess.Popen(command, cwd=REPOSITORY, env=environment)  # noqa: S603 - our own program


def written(root: Path) -> int:
    journal = root / "work" / "observations.jsonl"
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


@pytest.mark.slow
def test_after_kill_9_only_what_was_in_flight_is_asked_again(tmp_path: Path) -> None:
    sets = tmp_path / "sets"
    sets.mkdir()
    rows = [
        {"id": str(n), "turns": [{"role": "customer", "text": f"text {n}"}], "level": "none"}
        for n in range(CASES)
    ]
    (sets / "emergency.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    first = start(tmp_path)
    deadline = time.monotonic() + 120
    while written(tmp_path) < 10 and time.monotonic() < deadline:
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    first.wait()
    before = written(tmp_path)
    assert 10 <= before < CASES
    time.sleep(2)  # orphaned workers notice within a second that nobody reads them
    assert start(tmp_path).wait(timeout=120) == 0
    asked = Counter((tmp_path / "notes.txt").read_text("utf-8").split("\n")[:-1])
    assert len(asked) == CASES
    assert sum(asked.values()) <= CASES + IN_FLIGHT
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert len(report["cases"]) == CASES
