"""Models without a model: scripted answers, and a real HTTP server that misbehaves in every way."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from copilot.models.chat import ChatRequest, Fault, ModelError, Part, Piece, Watch
from copilot.models.ledger import MemoryLedger
from copilot.models.speaker import Ceilings, Recorder, Speaker


@dataclass
class ScriptedModel:
    """Answers by a function of the request; keeps what it was asked. `piece` characters come at a time."""

    answer: Callable[[ChatRequest], str]
    piece: int = 7
    fault: Fault | None = None
    name: str = "scripted"
    asked: list[ChatRequest] = field(default_factory=list)

    def stream(self, request: ChatRequest, watch: Watch) -> Iterator[Part]:
        self.asked.append(request)
        if self.fault is not None:
            raise ModelError(self.fault)
        text = self.answer(request)
        for start in range(0, len(text), self.piece):
            if watch.cancel.cancelled:
                raise ModelError("cancelled")
            yield Piece(text[start : start + self.piece])


def says(*sentences: tuple[str, list[str]], skip: tuple[str, ...] = ()) -> str:
    """The JSON that a well-behaved model answers with."""
    reply = [{"text": text, "cites": cites} for text, cites in sentences]
    return json.dumps({"skip": list(skip), "reply": reply}, ensure_ascii=False)


def speaker(
    answer: str | Callable[[ChatRequest], str],
    *,
    ledger: MemoryLedger | None = None,
    ceilings: Ceilings | None = None,
    recorder: Recorder | None = None,
    fault: Fault | None = None,
) -> Speaker:
    model = ScriptedModel(answer if callable(answer) else lambda _: answer, fault=fault)
    return Speaker(model, ledger or MemoryLedger(), ceilings or Ceilings(), recorder=recorder)


def asked(speaker: Speaker) -> list[ChatRequest]:
    assert isinstance(speaker.model, ScriptedModel)
    return speaker.model.asked


Behaviour = Callable[["_Handler"], None]


@dataclass
class Server:
    """A chat server on loopback. `calls` are the bodies it received."""

    base_url: str
    calls: list[dict[str, Any]]


class _Handler(BaseHTTPRequestHandler):
    behaviour: Behaviour
    calls: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.calls.append(json.loads(body))
        try:
            type(self).behaviour(self)
        except (BrokenPipeError, ConnectionResetError):
            return

    def log_message(self, *_: object) -> None:
        return

    def head(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Connection", "close")
        self.end_headers()

    def raw(self, text: str) -> None:
        self.wfile.write(text.encode())
        self.wfile.flush()

    def say(self, text: str) -> None:
        self.raw(f"data: {json.dumps(chunk(text))}\n\n")

    def refuse(self, status: int, **headers: str) -> None:
        self.head(status, "application/json", **headers)
        self.raw(json.dumps({"error": {"message": "no", "type": "x", "code": None}}))


def chunk(text: str) -> dict[str, Any]:
    """One event of a streamed answer."""
    return {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "fake",
        "choices": [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}],
    }


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[Server]:
    """A server that answers every call with `behaviour`."""
    calls: list[dict[str, Any]] = []
    handler = type("Handler", (_Handler,), {"behaviour": staticmethod(behaviour), "calls": calls})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Server(f"http://127.0.0.1:{server.server_port}/v1", calls)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answering(text: str, *, piece: int = 40, usage: tuple[int, int] | None = None) -> Behaviour:
    """Streams `text` as a good server does."""

    def behave(handler: _Handler) -> None:
        handler.head()
        for start in range(0, len(text), piece):
            handler.say(text[start : start + piece])
        if usage is not None:
            last = {**chunk(""), "choices": [], "usage": _usage(*usage)}
            handler.raw(f"data: {json.dumps(last)}\n\n")
        handler.raw("data: [DONE]\n\n")

    return behave


def _usage(tokens_in: int, tokens_out: int) -> dict[str, int]:
    return {
        "prompt_tokens": tokens_in,
        "completion_tokens": tokens_out,
        "total_tokens": tokens_in + tokens_out,
    }


def silent(handler: _Handler) -> None:
    """Accepts and says nothing."""
    handler.head()
    time.sleep(3)


def kept_alive(handler: _Handler) -> None:
    """Sends comments that reset every read timeout, and no token."""
    handler.head()
    for _ in range(60):
        handler.raw(": keep-alive\n\n")
        time.sleep(0.05)


def dripping(handler: _Handler) -> None:
    """One character at a time, for ever."""
    handler.head()
    for _ in range(200):
        handler.say("嗯")
        time.sleep(0.05)


def byte_by_byte(handler: _Handler) -> None:
    """One byte at a time of an event that never ends: no read of the socket ever times out."""
    handler.head()
    for _ in range(200):
        handler.raw("d")
        time.sleep(0.05)


def cut(handler: _Handler) -> None:
    """Announces more than it sends."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.say('{"skip":[],"reply":[{"text":"')
    handler.connection.close()


def limited(handler: _Handler) -> None:
    handler.refuse(429, Retry_After="60")


def broken(handler: _Handler) -> None:
    handler.refuse(500)


def wrong_key(handler: _Handler) -> None:
    handler.refuse(401)


def no_json(handler: _Handler) -> None:
    """Events that are no JSON."""
    handler.head()
    handler.raw("data: {broken\n\ndata: [DONE]\n\n")


def odd_types(handler: _Handler) -> None:
    """JSON in which every type is another than agreed."""
    handler.head()
    handler.raw('data: {"id": 3, "choices": "none", "created": "x"}\n\ndata: [DONE]\n\n')


def a_page(handler: _Handler) -> None:
    """A proxy's login page, with status 200."""
    handler.head(kind="text/html")
    handler.raw("<html><body>Please sign in</body></html>")


def nothing(handler: _Handler) -> None:
    handler.head()
    handler.raw("data: [DONE]\n\n")


def blank(handler: _Handler) -> None:
    """A well-formed answer without a word."""
    handler.head()
    handler.say("")
    handler.raw("data: [DONE]\n\n")


def a_megabyte(handler: _Handler) -> None:
    handler.head()
    for _ in range(64):
        handler.say("退" * 16_000)
    handler.raw("data: [DONE]\n\n")
