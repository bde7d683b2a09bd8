"""Private notes in Chatwoot, against a real HTTP server."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from copilot.answer import Citation, Suggestion
from copilot.live.advice import run_due
from copilot.live.notes import Account, ChatwootNotes, note_text
from copilot.settings import Settings
from tests.copilot.live.conftest import opened

SUGGESTION = Suggestion(
    id="sg_1",
    title="缺货退款",
    reply="少的牛腱子58.9元现在退您。",
    steps=("在订单里点部分退款", "告诉客户原路退回"),
    citations=(Citation(article_id="A1", title="缺货", version="1", quote="缺货商品按实付退款"),),
    authority="within",
    confidence=0.9,
)


@dataclass
class Helpdesk:
    """A Chatwoot that notes what it gets and answers as it is told."""

    status: int = 200
    delay: float = 0
    got: list[tuple[str, str | None, dict[str, object]]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/desk/"


@pytest.fixture
def helpdesk() -> Iterator[Helpdesk]:
    state = Helpdesk()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.got.append((self.path, self.headers["api_access_token"], body))
            time.sleep(state.delay)
            self.send_response(state.status)
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


def until(is_so) -> None:
    for _ in range(400):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("it never became so")


def test_a_new_suggestion_becomes_a_private_note_of_its_conversation(desk, clock, helpdesk):
    notes = ChatwootNotes({"lulu": Account(helpdesk.url, "t-1")})
    object.__setattr__(desk, "notes", notes)
    talk = opened(desk, external_id="chatwoot:7:42")
    talk.says("少了牛腱子")
    clock.pass_by(1)
    run_due(desk)
    until(lambda: helpdesk.got)
    path, token, body = helpdesk.got[0]
    assert path == "/desk/api/v1/accounts/7/conversations/42/messages"
    assert token == "t-1"
    assert body == {
        "content": "**退款**\n\n关于少了牛腱子：退款",
        "message_type": "outgoing",
        "private": True,
    }


def test_a_note_says_what_to_send_what_to_do_and_whose_words_it_rests_on():
    assert note_text(SUGGESTION) == (
        "**缺货退款**\n\n少的牛腱子58.9元现在退您。\n\n1. 在订单里点部分退款\n2. 告诉客户原路退回\n\n"
        "> 缺货商品按实付退款 (缺货)"
    )


@pytest.mark.parametrize("status", [302, 401, 500])
def test_a_note_that_is_not_taken_is_counted_and_goes_nowhere_else(desk, helpdesk, status):
    failed: list[int] = []
    helpdesk.status = status
    notes = ChatwootNotes({"lulu": Account(helpdesk.url, "t-1")}, lambda: failed.append(1))
    notes.offer(opened(desk, external_id="chatwoot:7:42").conversation, (SUGGESTION,))
    until(lambda: failed)
    assert len(helpdesk.got) == 1
    notes.close()


def test_a_slow_or_dead_helpdesk_delays_nothing(desk, helpdesk):
    failed: list[int] = []
    helpdesk.delay = 4  # seconds
    conversation = opened(desk, external_id="chatwoot:7:42").conversation
    slow = ChatwootNotes({"lulu": Account(helpdesk.url, "t-1")})
    dead = ChatwootNotes({"lulu": Account("http://127.0.0.1:9", "t-1")}, lambda: failed.append(1))
    started = time.perf_counter()
    slow.offer(conversation, (SUGGESTION,))
    dead.offer(conversation, (SUGGESTION,))
    assert time.perf_counter() - started < helpdesk.delay
    until(lambda: failed)
    slow.close()
    dead.close()


def test_other_helpdesks_and_other_clients_get_no_notes(desk, helpdesk):
    notes = ChatwootNotes({"lulu": Account(helpdesk.url, "t-1")})
    notes.offer(opened(desk, external_id="d-1").conversation, (SUGGESTION,))
    notes.offer(opened(desk, client_id="xianda", external_id="chatwoot:7:1").conversation, (SUGGESTION,))
    notes.offer(opened(desk, external_id="chatwoot:7:2").conversation, (SUGGESTION,))
    until(lambda: helpdesk.got)
    assert [path for path, _, _ in helpdesk.got] == ["/desk/api/v1/accounts/7/conversations/2/messages"]
    notes.close()


def test_the_token_is_never_shown():
    settings = Settings(chatwoot_notes={"lulu": {"url": "https://chat.example.com", "token": "t-1"}})
    assert "t-1" not in repr(settings)
    assert "t-1" not in repr(Account("https://chat.example.com", "t-1"))
