from __future__ import annotations

from pathlib import Path

import pytest

from evals.tape import Tape, UnrecordedPromptError, prompt_hash

MESSAGES = [{"role": "user", "content": "退款"}]


def test_an_answer_is_replayed_by_the_hash_of_its_prompt(tmp_path: Path) -> None:
    key = prompt_hash("m", MESSAGES, {"temperature": 0})
    Tape(tmp_path / "tape.jsonl").record(key, "好的")
    assert Tape(tmp_path / "tape.jsonl").recall(key) == "好的"


def test_another_model_message_or_parameter_is_another_prompt() -> None:
    keys = {
        prompt_hash("m", MESSAGES, {"temperature": 0}),
        prompt_hash("n", MESSAGES, {"temperature": 0}),
        prompt_hash("m", MESSAGES, {"temperature": 1}),
        prompt_hash("m", [], {"temperature": 0}),
    }
    assert len(keys) == 4


def test_a_replay_without_a_recording_says_so_and_a_torn_line_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    Tape(path).record("a", "x")
    path.write_text(path.read_text("utf-8") + '{"prompt": "b", "ans', "utf-8")
    tape = Tape(path, replay_only=True)
    assert tape.recall("a") == "x"
    with pytest.raises(UnrecordedPromptError):
        tape.recall("b")
