"""An answer as a stream: its sentences while they are worded, then the whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent

from copilot.answer import Answer
from copilot.editing import UnknownClientError
from copilot.live.advice import Listener
from copilot.live.model import UnknownThingError
from copilot.logs import log
from knowledge.embedding import EmbeddingError

STREAM = "text/event-stream"
Wording = Callable[[Listener], Answer]


def streamed(wording: Wording) -> EventSourceResponse:
    """Return the stream of what `wording` says and returns; who goes away ends the wording."""
    return EventSourceResponse(_messages(wording), sep="\n")


async def _messages(wording: Wording) -> AsyncIterator[ServerSentEvent]:
    loop = asyncio.get_running_loop()
    said: asyncio.Queue[str | None] = asyncio.Queue()
    listener = Listener(lambda text: _hand_over(loop, said, text))
    work = asyncio.create_task(asyncio.to_thread(wording, listener))
    work.add_done_callback(lambda done: said.put_nowait(None))
    try:
        while (text := await said.get()) is not None:
            yield _event("suggestion.delta", json.dumps({"text": text}, ensure_ascii=False))
        yield _ended(work)
    finally:
        listener.cancellation.cancel()


def _hand_over(loop: asyncio.AbstractEventLoop, said: asyncio.Queue[str | None], text: str) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(said.put_nowait, text)


def _ended(work: asyncio.Task[Answer]) -> ServerSentEvent:
    """The first byte has left: what goes wrong now can only be told within the stream."""
    try:
        return _event("answer", work.result().model_dump_json())
    except (UnknownThingError, UnknownClientError):
        return _event("error", json.dumps({"code": "not_found"}))
    except (SQLAlchemyError, EmbeddingError) as error:
        log().error("streamed answer failed", kind=type(error).__name__)
        return _event("error", json.dumps({"code": "unavailable"}))


def _event(kind: str, data: str) -> ServerSentEvent:
    return ServerSentEvent(data=data, event=kind, sep="\n")
