"""The pipeline with models: same decisions, other words, nobody waits for danger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from copilot.answer import Answer
from copilot.models.purposes import Models
from copilot.pipeline import Delta, Pipeline
from copilot.request import AssistRequest
from tests.copilot.models.fakes import asked, says, speaker
from tests.copilot.test_pipeline import pipeline_on
from tests.knowledge.fakes import WordEmbedder

MISSING = "漏送缺件 送达后1小时反映的 缺件实付20元 全额退款原路退回吗"


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Pipeline]:
    yield from pipeline_on(tmp_path, WordEmbedder())


def ask(pipeline: Pipeline, text: str, want: tuple[str, ...] | None = None, **options: object) -> Answer:
    body: dict[str, object] = {"client_id": "shop", "turns": [{"role": "customer", "text": text}]}
    if want:
        body["want"] = list(want)
    request = AssistRequest.model_validate(body)
    return pipeline.assist(request.conversation(), request.want, **options)  # type: ignore[arg-type]


def test_without_a_model_nothing_is_missing(plain: Pipeline):
    answer = ask(plain, MISSING)
    assert (answer.mode, answer.usage) == ("embedded", ())


def test_a_worded_suggestion_says_so_and_what_it_took(plain: Pipeline):
    heard: list[str] = []
    words = "送达后24小时内反映缺件的，按实付金额全额退款，原路退回。"
    speaking = speaker(says((words, ["D1"]), (words, ["D2"])))
    answer = ask(
        replace(plain, models=Models(suggestion=speaking)),
        MISSING,
        on_delta=lambda delta: heard.append(delta.text) if isinstance(delta, Delta) else None,
    )
    assert answer.mode == "llm"
    assert words in answer.suggestions[0].reply
    assert words in heard
    assert answer.usage[0].prompt.startswith("suggestion.zh@")
    assert answer.suggestions[0].actions == ask(plain, MISSING).suggestions[0].actions


def test_a_failing_model_costs_the_words_and_nothing_else(plain: Pipeline):
    failing = replace(plain, models=Models(suggestion=speaker("", fault="unavailable")))
    worded, composed = ask(failing, MISSING), ask(plain, MISSING)
    assert worded.suggestions == composed.suggestions
    assert worded.mode == "embedded"
    assert "model:unavailable" in worded.degraded


def test_no_model_is_asked_where_nothing_is_suggested(plain: Pipeline):
    speaking = speaker("{}")
    with_model = replace(plain, models=Models(suggestion=speaking))
    ask(with_model, "谢谢，没事了")
    ask(with_model, "你们能送我去月球吗")
    ask(with_model, "救命 有人拿刀追我")
    assert asked(speaking) == []


def test_the_signals_of_a_live_turn_never_ask_a_model(plain: Pipeline):
    speaking = speaker("{}")
    every = Models(speaking, speaking, speaking, speaking)
    body = {"client_id": "shop", "turns": [{"role": "customer", "text": MISSING}]}
    replace(plain, models=every).signals(AssistRequest.model_validate(body).conversation())
    assert asked(speaking) == []


def test_a_second_reading_takes_the_suggestion_away_where_it_finds_danger(plain: Pipeline):
    found = {"level": "emergency", "category": "missing_person", "turn": 0, "quote": "一直没回我"}
    reading = speaker(json.dumps(found, ensure_ascii=False))
    answer = ask(replace(plain, models=Models(second_reading=reading)), f"{MISSING} 我妹去取 一直没回我")
    assert answer.alerts[0].sources == ("model",)
    assert answer.suggestions == ()


def test_a_second_reading_that_fails_is_told_and_changes_nothing(plain: Pipeline):
    failing = replace(plain, models=Models(second_reading=speaker("", fault="deadline")))
    answer = ask(failing, MISSING)
    assert "second_reading:deadline" in answer.degraded
    assert answer.suggestions == ask(plain, MISSING).suggestions


def story(*sentences: str) -> str:
    return json.dumps({"story": [{"text": s, "cites": ["T0"]} for s in sentences]}, ensure_ascii=False)


def test_an_escalation_is_told_in_the_models_words_where_each_stands_in_the_conversation(plain: Pipeline):
    told = "顾客反映漏送缺件，送达后1小时反映，缺件实付20元，询问全额退款原路退回。"
    with_model = replace(plain, models=Models(escalation=speaker(story(told))))
    answer = ask(with_model, MISSING, ("escalation",))
    assert answer.escalation is not None
    assert answer.escalation.fields.what_happened == told
    assert told in answer.escalation.text


@pytest.mark.parametrize(
    "sentence",
    [
        "顾客反映漏送两盒鸡蛋，损失200元。",
        "顾客已经报警，并威胁投诉到12315。",
        "坐席保证全额赔偿。",
        "详见 http://a.cn/x",
    ],
)
def test_an_escalation_keeps_its_own_words_where_the_models_are_invented(plain: Pipeline, sentence: str):
    with_model = replace(plain, models=Models(escalation=speaker(story(sentence))))
    answer, composed = ask(with_model, MISSING, ("escalation",)), ask(plain, MISSING, ("escalation",))
    assert answer.escalation == composed.escalation
    assert any(reason.startswith("escalation:") for reason in answer.degraded)
