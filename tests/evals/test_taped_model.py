from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from copilot.models.chat import ChatRequest, Counts, Message, ModelError, Part, Patience, Piece, Watch
from copilot.models.ledger import MemoryLedger
from copilot.models.purposes import Models
from copilot.models.speaker import Speaker
from evals.tape import Tape, UnrecordedPromptError
from evals.taped_model import TapedModel, taped
from tests.copilot.models.fakes import ScriptedModel

REQUEST = ChatRequest("suggestion", "lulu", "p@1", (Message("user", "退款"),), 100)


class Counting:
    """Says two words and what they took."""

    name = "m"
    asked = 0

    def stream(self, request: ChatRequest, watch: Watch) -> Iterator[Part]:
        self.asked += 1
        yield from (Piece("好"), Piece("的"), Counts(11, 2))


def hear(model: TapedModel, request: ChatRequest = REQUEST) -> list[Part]:
    return list(model.stream(request, Watch.begin(Patience(), monotonic())))


def test_answer_and_tokens_are_the_same_on_replay_and_nobody_is_asked(tmp_path: Path) -> None:
    inner, path = Counting(), tmp_path / "tape.jsonl"
    hear(TapedModel(inner, Tape(path)))
    again = hear(TapedModel(inner, Tape(path, replay_only=True)))
    assert again == [Piece("好的"), Counts(11, 2)]
    assert inner.asked == 1


def test_another_temperature_is_another_call(tmp_path: Path) -> None:
    inner, path = Counting(), tmp_path / "tape.jsonl"
    hear(TapedModel(inner, Tape(path), "temperature=0"))
    hear(TapedModel(inner, Tape(path), "temperature=1"))
    assert inner.asked == 2


def test_a_fault_is_repeated_on_replay_and_tried_again_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    failing, well = ScriptedModel(lambda _: "", fault="deadline", name="m"), Counting()
    with pytest.raises(ModelError):
        hear(TapedModel(failing, Tape(path)))
    with pytest.raises(ModelError) as replayed:
        hear(TapedModel(well, Tape(path, replay_only=True)))
    assert replayed.value.fault == "deadline"
    assert hear(TapedModel(well, Tape(path)))[0] == Piece("好")
    assert hear(TapedModel(well, Tape(path, replay_only=True)))[0] == Piece("好的")


def test_what_was_heard_before_the_listener_left_is_replayed(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    stream = TapedModel(Counting(), Tape(path)).stream(REQUEST, Watch.begin(Patience(), monotonic()))
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert hear(TapedModel(Counting(), Tape(path, replay_only=True))) == [Piece("好")]


def test_only_replaying_an_unknown_prompt_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnrecordedPromptError):
        hear(TapedModel(Counting(), Tape(tmp_path / "tape.jsonl", replay_only=True)))


def test_two_tapes_of_one_file_lose_nothing_and_a_torn_line_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    path.write_text('{"prompt": "torn', "utf-8")
    one, other = Tape(path), Tape(path)
    for number in range(20):
        (one if number % 2 else other).record(str(number), "x" * 20_000)
    read = Tape(path)
    assert all(read.recall(str(number)) for number in range(20))


def test_every_purpose_goes_over_the_tape(tmp_path: Path) -> None:
    speaker = Speaker(ScriptedModel(lambda _: "好的"), MemoryLedger())
    models = taped(Models(suggestion=speaker, judge=speaker), Tape(tmp_path / "t.jsonl"))
    assert models.escalation is None
    for on_tape in (models.suggestion, models.judge):
        assert on_tape is not None
        assert "".join(on_tape.ask(REQUEST)) == "好的"
    assert len((tmp_path / "t.jsonl").read_text("utf-8").splitlines()) == 1
