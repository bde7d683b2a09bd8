"""The pages' modules by themselves: the event stream's grammar, the rules of the state, the words."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from tests.browser.conftest import OpenPage

LANGUAGES = ("zh-Hans", "zh-Hant", "en")


def words(language: str) -> dict[str, str]:
    path = files("api").joinpath("pages", "messages", f"{language}.json")
    loaded: dict[str, str] = json.loads(path.read_text("utf-8"))
    return loaded


def test_every_language_has_every_word_and_the_same_gaps_to_fill() -> None:
    def gaps(text: str) -> list[str]:
        return sorted(part.split("}")[0] for part in text.split("{")[1:])

    first = words(LANGUAGES[0])
    for language in LANGUAGES[1:]:
        other = words(language)
        assert other.keys() == first.keys()
        assert {key: gaps(text) for key, text in other.items()} == {
            key: gaps(text) for key, text in first.items()
        }


@pytest.fixture
def page(open_page: OpenPage) -> Any:
    return open_page("/sidebar")


READ = """async (pieces) => {
  const { eventsOf } = await import("/pages/js/events.js");
  const body = new ReadableStream({
    start(stream) {
      for (const piece of pieces) stream.enqueue(new TextEncoder().encode(piece));
      stream.close();
    },
  });
  const found = [];
  for await (const event of eventsOf(body)) found.push(event);
  return found;
}"""


def test_events_are_read_whole_wherever_the_network_cuts_them(page: Any) -> None:
    first = 'id: 1\nevent: turn\ndata: {"a":\ndata: "甲"}\n\n'
    stream = f": open\n\n{first}: beat\n\nid: 2\nevent: alert\ndata: {{}}\n\n"
    expected = [{"id": "1", "type": "turn", "data": {"a": "甲"}}, {"id": "2", "type": "alert", "data": {}}]
    for size in (1, 2, 7, len(stream)):
        pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
        assert page.evaluate(READ, pieces) == expected
        assert page.evaluate(READ, [piece.replace("\n", "\r\n") for piece in pieces]) == expected


def test_an_event_that_comes_twice_changes_nothing(page: Any) -> None:
    script = """async (events) => {
      const { apply, EMPTY } = await import("/pages/js/state.js");
      const once = events.reduce(apply, EMPTY);
      return JSON.stringify(once) === JSON.stringify(events.reduce(apply, once));
    }"""
    events = [
        {"type": "turn", "data": {"turn": {"index": 0, "role": "customer", "text": "x"}}},
        {"type": "alert", "data": {"id": "al", "level": "urgent", "turn_index": 0, "state": "raised"}},
        {"type": "facts", "data": {"facts": [{"slot": "plate", "value": "浙Z8X31Q"}]}},
        {"type": "promise", "data": {"id": "p", "turn_index": 1, "quote": "q"}},
        {"type": "linked", "data": {"id": "c", "kind": "plate"}},
        {"type": "unheard_of", "data": {}},
    ]
    assert page.evaluate(script, events)


def test_a_quotation_is_found_whatever_its_width_and_white_space(page: Any) -> None:
    script = """async ([text, quote]) => {
      const { findQuote } = await import("/pages/js/dom.js");
      const span = findQuote(text, quote);
      return span && text.slice(...span);
    }"""
    assert page.evaluate(script, ["送达后 24 小时，全额退", "送达后24小时,全额"]) == "送达后 24 小时，全额"
    assert page.evaluate(script, ["送达后 24 小时", "48 小时"]) is None


APPLIED = """async (events) => {
  const { apply, EMPTY } = await import("/pages/js/state.js");
  const state = events.reduce(apply, EMPTY);
  const { suggestions, wording, suggesting: busy, degraded } = state;
  return { shown: suggestions.map((each) => each.id), wording, busy, degraded };
}"""


def told(kind: str, **data: object) -> dict[str, object]:
    return {"type": kind, "data": data}


def test_suggestions_that_still_stand_stay_in_the_order_of_the_event(page: Any) -> None:
    first = told("suggestion", suggestions=[{"id": "a"}, {"id": "b"}], standing=[], order=["a", "b"])
    then = told("suggestion", suggestions=[{"id": "c"}], standing=["a"], order=["c", "a"])
    assert page.evaluate(APPLIED, [first, then])["shown"] == ["c", "a"]


def test_sentences_are_shown_while_they_are_worded_and_give_way_to_the_result(page: Any) -> None:
    begun = [told("suggestion.started", turn_index=0), told("suggestion.delta", text="您好。")]
    more = [*begun, told("suggestion.delta", text="现在退您5元。")]
    assert page.evaluate(APPLIED, more)["wording"] == "您好。现在退您5元。"
    for last in (
        told("suggestion", suggestions=[{"id": "a"}]),
        told("suggestion.unchanged", reason="shown"),
        told("abstained", reason="none"),
        told("turn", turn={"index": 1, "role": "agent", "text": "x"}),
    ):
        after = page.evaluate(APPLIED, [*more, last])
        assert (after["wording"], after["busy"]) == ("", False)


def test_what_could_not_look_is_shown_until_it_can(page: Any) -> None:
    blind = told("degraded", turn_index=0, degraded=["emergency_classifier"])
    assert page.evaluate(APPLIED, [blind])["degraded"] == ["emergency_classifier"]


LEARNT = """async (name) => {
  const { learnActions, loadWords, t } = await import("/pages/js/words.js");
  await loadWords("zh-Hant");
  await learnActions([name]);
  return t(`action.${name}`);
}"""


def test_an_action_that_the_pages_do_not_know_is_named_in_the_viewers_language(page: Any) -> None:
    assert page.evaluate(LEARNT, "cancel_fee_refund") == "取消費退款"
