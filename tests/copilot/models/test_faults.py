"""A real server that misbehaves in each way: a named fault, in time, and the composed answer goes out."""

import time
from collections.abc import Iterator

import pytest

from copilot.models.chat import Cancellation, ChatRequest, Fault, Message, ModelError, Patience
from copilot.models.guarding import Breaker, Retrying
from copilot.models.ledger import MemoryLedger
from copilot.models.loop import IoLoop
from copilot.models.openai_compatible import Endpoint, OpenAICompatible
from copilot.models.speaker import Speaker
from tests.copilot.models import fakes
from tests.copilot.models.fakes import Behaviour, Server, serving

REQUEST = ChatRequest("suggestion", "shop", "p@1#0", (Message("user", "你好"),), 50, {"type": "object"})
PATIENCE = Patience(first_token=0.4, total=0.8)
# From giving up to the fault in our hands; the composed answer is there already.
SOON = 5.0  # not exact: the machine may be busy


@pytest.fixture(scope="module")
def loop() -> Iterator[IoLoop]:
    loop = IoLoop()
    yield loop
    loop.close()


def on(server: Server, loop: IoLoop, patience: Patience = PATIENCE) -> Speaker:
    model = OpenAICompatible(Endpoint(server.base_url, "fake"), loop)
    return Speaker(Retrying(model), MemoryLedger(), patience=patience)


def fault_of(speaker: Speaker) -> Fault:
    with pytest.raises(ModelError) as caught:
        list(speaker.ask(REQUEST))
    return caught.value.fault


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # the client on JSON of wrong types
@pytest.mark.parametrize(
    ("behaviour", "fault"),
    [
        (fakes.silent, "first_token"),
        (fakes.kept_alive, "first_token"),
        (fakes.dripping, "deadline"),
        (fakes.byte_by_byte, "first_token"),
        (fakes.cut, "cut"),
        (fakes.limited, "rate_limited"),
        (fakes.broken, "unavailable"),
        (fakes.wrong_key, "refused"),
        (fakes.no_json, "malformed"),
        (fakes.odd_types, "malformed"),
        (fakes.a_page, "malformed"),
        (fakes.nothing, "malformed"),
        (fakes.blank, "empty"),
        (fakes.a_megabyte, "too_long"),
    ],
)
def test_each_fault_has_its_name_and_costs_no_more_than_the_deadline(
    behaviour: Behaviour, fault: Fault, loop: IoLoop
) -> None:
    with serving(behaviour) as server:
        speaker = on(server, loop)
        start = time.monotonic()
        assert fault_of(speaker) == fault
        assert time.monotonic() - start < PATIENCE.total + SOON


def test_a_dead_server_is_unavailable_at_once(loop: IoLoop) -> None:
    with serving(fakes.nothing) as server:
        gone = server
    speaker = on(gone, loop)  # the client's import takes seconds
    start = time.monotonic()
    assert fault_of(speaker) == "unavailable"
    assert time.monotonic() - start < PATIENCE.total + SOON


def test_a_good_server_is_read_to_the_end_with_its_own_counts(loop: IoLoop) -> None:
    with serving(fakes.answering("一二三四五", piece=2, usage=(11, 5))) as server:
        talk = on(server, loop, Patience(5, 10)).ask(REQUEST)
        assert "".join(talk) == "一二三四五"
        assert (talk.usage.tokens_in, talk.usage.tokens_out) == (11, 5)
        assert talk.usage.first_token_ms is not None
        (sent,) = server.calls
        assert (sent["model"], sent["max_tokens"], sent["stream"]) == ("fake", 50, True)
        assert "temperature" not in sent
        assert "tools" not in sent


def test_a_server_without_structured_output_is_asked_in_simpler_forms_and_remembered(loop: IoLoop) -> None:
    def plain_only(handler: fakes._Handler) -> None:
        if "response_format" in handler.calls[-1]:
            handler.refuse(400)
        else:
            fakes.answering("好")(handler)

    with serving(plain_only) as server:
        model = OpenAICompatible(Endpoint(server.base_url, "fake"), loop)
        speaker = Speaker(model, MemoryLedger(), patience=Patience(5, 10))
        assert "".join(speaker.ask(REQUEST)) == "好"
        assert "".join(speaker.ask(REQUEST)) == "好"
        forms = [call.get("response_format", {}).get("type") for call in server.calls]
        assert forms == ["json_schema", "json_object", None, None]


def test_a_busy_server_is_tried_once_more(loop: IoLoop) -> None:
    def busy_once(handler: fakes._Handler) -> None:
        (fakes.broken if len(handler.calls) == 1 else fakes.answering("好"))(handler)

    with serving(busy_once) as server:
        assert "".join(on(server, loop, Patience(5, 10)).ask(REQUEST)) == "好"
        assert len(server.calls) == 2


def test_cancelling_ends_the_call_although_the_server_goes_on(loop: IoLoop) -> None:
    with serving(fakes.dripping) as server:
        cancel = Cancellation()
        start = time.monotonic()
        pieces = iter(on(server, loop, Patience(5, 10)).ask(REQUEST, cancel))
        next(pieces)
        cancel.cancel()
        with pytest.raises(ModelError, match="cancelled"):
            list(pieces)
        assert time.monotonic() - start < 5


def test_a_failing_server_is_left_alone_for_a_while_and_then_tried_by_one_call(loop: IoLoop) -> None:
    now = [0.0]
    with serving(fakes.broken) as server:
        inner = OpenAICompatible(Endpoint(server.base_url, "fake"), loop)
        breaker = Breaker(inner, failures=2, rest_seconds=30, clock=lambda: now[0])
        speaker = Speaker(breaker, MemoryLedger(), patience=Patience(5, 10))
        faults = [fault_of(speaker) for _ in range(4)]
        assert faults == ["unavailable", "unavailable", "circuit_open", "circuit_open"]
        now[0] = 31
        assert fault_of(speaker) == "unavailable"
        assert fault_of(speaker) == "circuit_open"
        assert len(server.calls) == 3


def test_no_tracing_variable_sends_prompts_elsewhere(loop: IoLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(fakes.nothing) as elsewhere, serving(fakes.answering("好")) as server:
        monkeypatch.setenv("LANGSMITH_TRACING", "true")
        monkeypatch.setenv("LANGSMITH_API_KEY", "k")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", elsewhere.base_url)
        assert "".join(on(server, loop, Patience(5, 10)).ask(REQUEST)) == "好"
        time.sleep(0.3)
        assert not elsewhere.calls
