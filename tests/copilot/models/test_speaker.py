"""One purpose's way to its model: ceilings, records, memory, and which key goes where."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from copilot.models.chat import ChatRequest, Message, ModelError
from copilot.models.connecting import connect, endpoint_of
from copilot.models.ledger import MemoryLedger
from copilot.models.memory import AnswerMemory
from copilot.models.speaker import Ceilings
from copilot.models.tokens import count
from copilot.settings import Settings
from tests.copilot.models.fakes import asked, speaker


def request(client: str = "shop", text: str = "你好") -> ChatRequest:
    return ChatRequest("suggestion", client, "p@1#0", (Message("user", text),), 50)


def settings(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type, call-arg]


def test_an_identical_request_is_not_paid_twice_and_another_clients_never_answers_it():
    speaking = speaker("好的", recorder=AnswerMemory())
    assert "".join(speaking.ask(request())) == "好的"
    again = speaking.ask(request())
    assert "".join(again) == "好的"
    assert again.usage.cached
    assert len(asked(speaking)) == 1
    list(speaking.ask(request("other")))
    assert len(asked(speaking)) == 2


def test_an_answer_is_forgotten_after_its_time_and_when_others_need_the_room():
    now = [0.0]
    memory = AnswerMemory(size=1, seconds=10, clock=lambda: now[0])
    memory.record("a", "1")
    now[0] = 11
    assert memory.recall("a") is None
    memory.record("a", "1")
    memory.record("b", "2")
    assert memory.recall("a") is None
    assert memory.recall("b") == "2"


def test_a_broken_off_answer_is_not_remembered():
    memory = AnswerMemory()
    speaking = speaker("一二三四五六七八九十", recorder=memory)
    next(iter(speaking.ask(request())))
    assert memory.recall(request().identity("scripted")) is None


def test_every_call_is_recorded_with_prompt_tokens_and_outcome():
    ledger = MemoryLedger()
    list(speaker("好的", ledger=ledger).ask(request()))
    with pytest.raises(ModelError):
        list(speaker("", ledger=ledger, fault="unavailable").ask(request()))
    first, second = ledger.entries
    assert (first.client_id, first.prompt, first.outcome) == ("shop", "p@1#0", "ok")
    assert first.tokens_out == count("好的")
    assert (second.outcome, second.tokens_out) == ("unavailable", 0)


def test_the_ceiling_of_one_client_does_not_stop_another():
    ledger = MemoryLedger(daily_tokens=60)
    speaking = speaker("好的" * 10, ledger=ledger)
    list(speaking.ask(request()))
    with pytest.raises(ModelError, match="budget"):
        list(speaking.ask(request()))
    assert "".join(speaking.ask(request("other"))) == "好的" * 10


def test_no_answer_may_be_asked_longer_than_the_ceiling():
    speaking = speaker("好的", ceilings=Ceilings(tokens_out=20))
    list(speaking.ask(request()))
    assert asked(speaking)[0].max_tokens == 20


def test_counting_tokens_needs_no_network(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise AssertionError("a download")

    monkeypatch.setattr("socket.create_connection", refuse)
    assert count("退款 refund <|endoftext|>") > 3


def test_without_settings_nothing_is_connected():
    assert not connect(settings(), MemoryLedger()).models.any


def test_a_purpose_speaks_only_when_its_model_is_named():
    chosen = settings(llm_base_url="http://a/v1", llm_model="m", llm_api_key=SecretStr("k"))
    suggestion = endpoint_of("suggestion", chosen)
    assert suggestion is not None
    assert suggestion.model == "m"
    assert endpoint_of("escalation", chosen) is None
    assert endpoint_of("judge", chosen) is None


def test_a_key_is_never_sent_to_another_server():
    chosen = settings(
        llm_base_url="http://a/v1",
        llm_model="m",
        llm_api_key=SecretStr("secret"),
        llm_judge_model="j",
        llm_judge_base_url="http://b/v1",
        llm_second_reading_model="r",
    )
    judge, reading = endpoint_of("judge", chosen), endpoint_of("second_reading", chosen)
    assert judge is not None
    assert reading is not None
    assert judge.api_key is None
    assert reading.api_key == SecretStr("secret")
    assert "secret" not in repr(reading)
