"""Suggestions made in another process: the same answers, and nothing lost when that process dies."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing import Pipe

import numpy as np
import pytest

from copilot.conversation import Agent, Conversation, Turn
from copilot.live.advice import run_due
from copilot.live.beside.adviser import RESTART_SECONDS, SILENT_SECONDS, Beside, Lines
from copilot.live.beside.messages import Ready, Said
from copilot.live.beside.process import start_process
from copilot.live.beside.worker import AskedBack, Seat, attend
from copilot.live.desk import open_desk
from copilot.models.chat import Cancellation
from copilot.pipeline import Delta
from knowledge.base import UnknownClientError
from knowledge.embedding import EmbeddingError, Kind

from .conftest import PATIENT, START, Clock, NoEmbedder, WordAdvisor, opened


def said(text: str) -> Conversation:
    return Conversation("lulu", Agent("a-1", "L1"), (Turn(0, "customer", text),), START)


class Other:
    """What `start_process` starts, as threads of this process."""

    def __init__(self, adviser: WordAdvisor | None = None) -> None:
        self.adviser = adviser or WordAdvisor()
        self.started = 0
        self.forgotten = threading.Event()

    def __call__(self) -> Lines:
        self.started += 1
        (first, there), (asking, seat) = Pipe(), Pipe()
        Seat(seat, self.adviser).begin()
        threading.Thread(target=attend, args=(there, self.forgotten.set), daemon=True).start()
        return Lines(first, [asking])


class Patiently(Clock):
    """Seconds, as the clock of `Beside`."""

    def __call__(self) -> float:  # type: ignore[override]
        return self.now.timestamp()


class Closed:
    """A line whose other end has gone."""

    def send(self, obj: object) -> None:
        raise BrokenPipeError

    def recv(self) -> object:
        raise EOFError

    def poll(self, timeout: float) -> bool:
        return True

    def close(self) -> None:
        pass


class Loaded(Closed):
    """A first line on which the process has said that it is ready."""

    def recv(self) -> object:
        return Ready()


class Told(Closed):
    """A line that says some things and then breaks, or stays silent."""

    def __init__(self, *messages: object, silent: Callable[[], None] | None = None) -> None:
        self.messages = list(messages)
        self.silent = silent

    def send(self, obj: object) -> None:
        pass

    def recv(self) -> object:
        if not self.messages:
            raise EOFError
        return self.messages.pop(0)

    def poll(self, timeout: float) -> bool:
        if self.silent is None or self.messages:
            return True
        self.silent()
        return False


def begun(beside: Beside) -> Beside:
    """The same, once its process is in use or given up."""
    beside.begin()
    for thread in threading.enumerate():
        if thread.name == "beside-start":
            thread.join(10)
    return beside


def beside_of(here: WordAdvisor, start: Callable[[], Lines], **options: object) -> Beside:
    return Beside(here, NoEmbedder().queries, start, **options)  # type: ignore[arg-type]


def test_the_other_process_advises_and_this_one_does_not():
    here, there = WordAdvisor(), WordAdvisor()
    beside = begun(beside_of(here, Other(there)))
    answer = beside.assist(said("要退款"), request_id="r-7")
    assert (answer.request_id, answer.suggestions[0].reply) == ("r-7", "关于要退款：退款")
    assert (len(here.asked), len(there.asked)) == (0, 1)


def test_until_the_process_has_loaded_this_one_advises():
    here, other = WordAdvisor(), Other()
    assert beside_of(here, other).assist(said("要退款")).suggestions
    assert len(here.asked) == 1


def test_samples_are_advised_on_before_the_process_is_used():
    there = WordAdvisor()
    begun(beside_of(WordAdvisor(), Other(there), samples=lambda: [said("一"), said("二")]))
    assert [talk.turns[0].text for talk in there.asked] == ["一", "二"]


def test_what_a_model_words_is_heard_sentence_by_sentence():
    heard: list[Delta] = []
    beside = begun(beside_of(WordAdvisor(), Other(WordAdvisor(words=("好的。", "马上退。")))))
    answer = beside.assist(said("要退款"), on_delta=heard.append)
    assert ([delta.text for delta in heard], answer.mode) == (["好的。", "马上退。"], "llm")


class Endless(WordAdvisor):
    """Words one sentence, and then nothing until that is ended."""

    def assist(
        self, *given: object, cancel: Cancellation, on_delta: Callable[[Delta], None], **named: object
    ):
        on_delta(Delta("好的。"))
        while not cancel.cancelled:
            time.sleep(0.01)
        return super().assist(said("算了"))


def test_a_newer_turn_ends_what_the_other_process_words():
    cancel = Cancellation()
    beside = begun(beside_of(WordAdvisor(), Other(Endless())))
    answer = beside.assist(said("要退款"), on_delta=lambda delta: cancel.cancel(), cancel=cancel)
    assert answer.suggestions[0].reply == "关于算了：退款"


def test_a_process_that_dies_loses_nothing_and_another_one_follows():
    clock, here, there = Patiently(), WordAdvisor(), WordAdvisor()
    starts: list[Callable[[], Lines]] = [lambda: Lines(Loaded(), [Told()]), Other(there)]

    def start() -> Lines:
        return starts.pop(0)()

    beside = begun(beside_of(here, start, clock=clock))
    assert beside.assist(said("要退款")).suggestions
    assert len(here.asked) == 1
    begun(beside)
    assert len(starts) == 1  # not at once
    clock.pass_by(RESTART_SECONDS)
    assert begun(beside).assist(said("要退款")).suggestions
    assert (len(here.asked), len(there.asked)) == (1, 1)


def test_who_heard_the_first_sentences_does_not_hear_them_again():
    heard: list[Delta] = []
    line = Told(Said("好的。"))
    here = WordAdvisor(words=("好的。", "马上退。"))
    beside = begun(beside_of(here, lambda: Lines(Loaded(), [line])))
    answer = beside.assist(said("要退款"), on_delta=heard.append)
    assert ([delta.text for delta in heard], answer.mode) == (["好的。"], "llm")


def test_a_process_that_says_nothing_any_more_is_given_up():
    clock, here = Patiently(), WordAdvisor()
    line = Told(silent=lambda: clock.pass_by(SILENT_SECONDS / 2))
    beside = begun(beside_of(here, lambda: Lines(Loaded(), [line]), clock=clock))
    assert beside.assist(said("要退款")).suggestions
    assert len(here.asked) == 1


def test_what_the_other_process_cannot_do_is_done_here_and_it_stays_in_use():
    there = WordAdvisor(meanwhile=[lambda: 1 / 0])
    here, other = WordAdvisor(), Other(there)
    beside = begun(beside_of(here, other))
    assert beside.assist(said("一")).suggestions
    assert beside.assist(said("二")).suggestions
    assert (len(here.asked), len(there.asked), other.started) == (1, 2, 1)


def test_a_client_that_is_gone_is_the_error_of_this_process():
    class Gone(WordAdvisor):
        def assist(self, *given: object, **named: object):
            raise UnknownClientError("lulu")

    with pytest.raises(UnknownClientError):
        begun(beside_of(Gone(), Other(Gone()))).assist(said("要退款"))


def test_an_error_of_who_hears_the_sentences_is_its_own_and_the_line_is_not_used_again():
    class FullDiskError(Exception):
        pass

    def full(delta: Delta) -> None:
        raise FullDiskError

    here = WordAdvisor()
    beside = begun(beside_of(here, Other(WordAdvisor(words=("一。", "二。")))))
    with pytest.raises(FullDiskError):
        beside.assist(said("要退款"), on_delta=full)
    beside.assist(said("要退款"))
    assert len(here.asked) == 1


def test_a_process_that_cannot_be_started_is_not_missed_and_seldom_tried_again():
    clock, here, tried = Patiently(), WordAdvisor(), []

    def start() -> Lines:
        tried.append(clock())
        raise OSError

    beside = beside_of(here, start, clock=clock)
    for _ in range(4):
        assert begun(beside).assist(said("要退款")).suggestions
        clock.pass_by(RESTART_SECONDS)
    assert [at - tried[0] for at in tried] == [0, RESTART_SECONDS, 3 * RESTART_SECONDS]


def test_a_process_that_dies_while_it_loads_is_given_up():
    here = WordAdvisor()
    beside = begun(beside_of(here, lambda: Lines(Closed(), [Closed()])))
    assert beside.assist(said("要退款")).suggestions
    assert len(here.asked) == 1


def test_after_closing_this_process_advises():
    here, other = WordAdvisor(), Other()
    beside = begun(beside_of(here, other))
    beside.close()
    begun(beside).assist(said("要退款"))
    assert (len(here.asked), other.started) == (1, 1)


def test_the_process_forgets_when_it_is_told_to():
    other = Other()
    begun(beside_of(WordAdvisor(), other)).forget()
    assert other.forgotten.wait(10)


class Embedding(WordAdvisor):
    """Embeds what was said, as the pipeline does, and answers with the first numbers."""

    inner = NoEmbedder()

    def assist(self, conversation: Conversation, *given: object, **named: object):
        embedder = AskedBack(self.inner)  # type: ignore[arg-type]
        try:
            texts = [turn.text for turn in conversation.turns]
            found = f"{embedder.queries(texts)[0][0]}、{embedder.turns(texts)[0][0]}"
        except EmbeddingError:
            found = "nothing"
        return super().assist(said(found))


def test_vectors_are_the_services():
    asked: list[tuple[Sequence[str], Kind]] = []

    def embed(texts: Sequence[str], kind: Kind) -> np.ndarray:
        asked.append((texts, kind))
        return np.full((len(texts), 4), 7 if kind == "query" else 8, np.float32)

    beside = begun(Beside(WordAdvisor(), embed, Other(Embedding())))
    assert beside.assist(said("要退款")).suggestions[0].reply == "关于7.0、8.0：退款"
    assert asked == [(("要退款",), "query"), (("要退款",), "turn")]


def test_where_the_service_has_no_vectors_the_process_has_none():
    def embed(texts: Sequence[str], kind: Kind) -> np.ndarray:
        raise EmbeddingError("broken")

    beside = begun(Beside(WordAdvisor(), embed, Other(Embedding())))
    assert beside.assist(said("要退款")).suggestions[0].reply == "关于nothing：退款"


def test_the_background_asks_beside_and_tells_the_streams(desk, clock):
    here, there = desk.advisor, WordAdvisor()
    beside = begun(beside_of(here, Other(there)))
    apart = open_desk(desk.engine, here, desk.knowledge, desk.audit, clock, patience=PATIENT, adviser=beside)
    talk = opened(apart)
    talk.says("我要退款")
    clock.pass_by(1)
    assert run_due(apart) == 1
    assert talk.events()[-2:] == ["suggestion.started", "suggestion"]
    assert (len(here.asked), len(there.asked)) == (0, 1)
    apart.lookout.close()


@pytest.mark.skipif(os.name != "posix", reason="the process gets its lines as file descriptors")
def test_the_real_process_loads_and_ends_with_its_lines(tmp_path, monkeypatch):
    monkeypatch.setenv("COPILOT_DATA_DIR", str(tmp_path))
    lines = start_process(1)
    assert lines.first.poll(120)
    assert isinstance(lines.first.recv(), Ready)
    (waiting,) = (thread for thread in threading.enumerate() if thread.name == "copilot.live.beside.worker")
    lines.first.close()
    for line in lines.asking:
        line.close()
    waiting.join(30)
    assert not waiting.is_alive()
