from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from copilot.conversation import Agent, Conversation, Role, Turn
from copilot.retrieval import (
    REQUEST_CHARACTERS,
    Vectors,
    build_query,
    open_topic,
    request_text,
    request_vectors,
    system_text,
    turn_vectors,
)

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def talk(*said: tuple[Role, str], gaps: dict[int, timedelta] | None = None) -> Conversation:
    at, turns = START, []
    for index, (role, text) in enumerate(said):
        at += (gaps or {}).get(index, timedelta(seconds=20))
        turns.append(Turn(index, role, text, at))
    return Conversation("lulu", Agent("a", "L1"), tuple(turns), at)


def embed(texts: Sequence[str]) -> Vectors:
    """Each text has its own direction."""
    rows = [np.random.default_rng(abs(hash(text)) % 2**32).normal(size=32) for text in texts]
    return np.array([row / np.linalg.norm(row) for row in rows], np.float32).reshape(len(texts), 32)


class Recorder:
    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.calls.append(list(texts))
        return embed(texts)


def test_the_customers_open_turns_are_one_request() -> None:
    conversation = talk(("customer", "取消费扣了4块"), ("agent", "请稍等"), ("customer", "退不退"))
    assert request_text(conversation) == "取消费扣了4块 退不退"


def test_the_request_is_a_unit_vector_of_everything_that_is_open() -> None:
    conversation = talk(("customer", "取消费扣了4块"), ("customer", "退不退"))
    query = build_query(conversation, request_vectors(conversation, embed, embed))
    assert query is not None
    assert np.allclose(query.vector, embed(["取消费扣了4块 退不退"])[0], atol=1e-6)


def test_every_customer_turn_has_its_own_vector_for_the_signals() -> None:
    conversation = talk(("customer", "取消费扣了4块"), ("agent", "请稍等"), ("customer", "退不退"))
    vectors = turn_vectors(conversation, embed)
    assert [turn.index for turn in vectors.turns] == [0, 2]
    assert np.allclose(vectors.matrix, embed(["取消费扣了4块", "退不退"]))


def test_a_request_is_embedded_in_one_call_of_each_kind() -> None:
    recorder = Recorder()
    request_vectors(talk(("customer", "退不退"), ("system", "[订单] 快车｜4元")), recorder, recorder)
    assert recorder.calls == [["退不退", "订单 快车 4元"], ["退不退", "退不退", "订单 快车 4元"]]


def test_signals_embed_the_turns_alone() -> None:
    recorder = Recorder()
    turn_vectors(talk(("customer", "退不退"), ("system", "[订单] 快车")), recorder)
    assert recorder.calls == [["退不退"]]


def test_what_was_said_last_counts_by_itself() -> None:
    conversation = talk(("customer", "取消费扣了4块"), ("customer", "退不退"))
    query = build_query(conversation, request_vectors(conversation, embed, embed))
    assert query is not None
    assert query.latest is not None
    assert np.allclose(query.latest, embed(["退不退"])[0])


def test_later_words_count_more() -> None:
    conversation = talk(("customer", "行李超重"), ("agent", "好"), ("customer", "托运要多少钱"))
    query = build_query(conversation, request_vectors(conversation, embed, embed))
    assert query is not None
    earlier, later = query.parts
    assert (later.text, later.weight) == ("托运要多少钱", 1.0)
    assert earlier.weight < later.weight


def test_what_the_helpdesk_shows_counts_a_little() -> None:
    conversation = talk(("system", "[订单卡片] 优享｜取消费 14 元"), ("customer", "凭什么扣我钱"))
    query = build_query(conversation, request_vectors(conversation, embed, embed))
    assert query is not None
    assert query.parts[0].text == system_text(conversation) == "订单卡片 优享 取消费 14 元"
    assert query.parts[0].weight < query.parts[1].weight


def test_the_agents_own_words_are_no_question() -> None:
    conversation = talk(("agent", "您好，发票请在订单页申请"), ("customer", "我的行李丢了怎么办"))
    assert "发票" not in request_text(conversation)


def test_what_came_before_a_goodbye_is_resolved() -> None:
    conversation = talk(
        ("customer", "发票怎么开，抬头写错了"),
        ("agent", "订单页可以重开"),
        ("customer", "好的谢谢"),
        ("agent", "不客气"),
        ("customer", "我还有一单，东西落在后备箱里了"),
    )
    assert [turn.index for turn in open_topic(conversation)] == [4]


def test_a_short_question_after_thanks_still_needs_what_came_before() -> None:
    conversation = talk(
        ("customer", "退款申请提交了"), ("agent", "收到"), ("customer", "谢谢"), ("customer", "多久到账")
    )
    assert "退款申请提交了" in request_text(conversation)


def test_thanks_within_a_request_close_nothing() -> None:
    conversation = talk(
        ("customer", "谢谢你们半天没人理我，我的包裹到底在哪里"),
        ("agent", "在查"),
        ("customer", "查了三天了还没有结果吗"),
    )
    assert "包裹" in request_text(conversation)


def test_a_customer_who_comes_back_the_next_day_starts_anew() -> None:
    conversation = talk(
        ("customer", "快递什么时候能送到我这里"),
        ("agent", "今天"),
        ("customer", "收到的杯子是碎的，要求换一个"),
        gaps={2: timedelta(hours=20)},
    )
    assert request_text(conversation) == "收到的杯子是碎的，要求换一个"


def test_a_goodbye_at_the_end_keeps_the_topic() -> None:
    conversation = talk(
        ("customer", "发票抬头写错了想重新开一张"), ("agent", "已重开"), ("customer", "好的谢谢")
    )
    assert "发票" in request_text(conversation)


def test_without_a_word_of_the_customer_there_is_no_question() -> None:
    for conversation in (talk(("agent", "您好")), talk(("customer", "  "))):
        assert build_query(conversation, request_vectors(conversation, embed, embed)) is None


def test_a_long_talk_is_asked_by_its_last_words() -> None:
    conversation = talk(*(("customer", f"第{number}句" + "话" * 40) for number in range(2000)))
    text = request_text(conversation)
    assert text.endswith("第1999句" + "话" * 40)
    assert len(text) <= REQUEST_CHARACTERS + 20
    assert len(turn_vectors(conversation, embed).turns) == 30
