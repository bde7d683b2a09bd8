"""The events of a conversation as a stream: stored first, each with its number, resumed exactly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.examples import USUAL, problem_responses
from api.guard import needs
from api.live import ConversationDep, DeskDep
from copilot.live.hub import Hub

HEARTBEAT_SECONDS = 10
# A reader that takes nothing for so long is gone; its place is not lost, it resumes by the last id.
SEND_TIMEOUT_SECONDS = 30.0
_RETRY_MILLISECONDS = 1000


def create_router() -> APIRouter:
    """Return the routes of this noun."""
    router = APIRouter(tags=["live"], responses=problem_responses(*USUAL))

    @router.get(
        "/v1/conversations/{conversation_id}/events",
        dependencies=[needs("converse")],
        response_class=EventSourceResponse,
    )
    async def stream_events(
        conversation: ConversationDep,
        desk: DeskDep,
        last_event_id: Annotated[str | None, Header(max_length=40)] = None,
        after: Annotated[
            int | None, Query(ge=0, description="The same, for readers without headers.")
        ] = None,
    ) -> EventSourceResponse:
        """Follow the conversation: turns, alerts, facts, checks, promises, suggestions, links, escalations.

        Every event has an id, counted from 1; `Last-Event-ID` resumes after it, exactly once and in order.
        Without one the stream begins with the first event. A comment every ten seconds keeps it open.
        """
        start = _number(last_event_id) if last_event_id is not None else after or 0
        return EventSourceResponse(
            _messages(desk.hub, conversation.id, start),
            ping=HEARTBEAT_SECONDS,
            send_timeout=SEND_TIMEOUT_SECONDS,
            sep="\n",
        )

    return router


async def _messages(hub: Hub, conversation_id: str, after: int) -> AsyncIterator[ServerSentEvent | bytes]:
    yield ServerSentEvent(comment="open", retry=_RETRY_MILLISECONDS, sep="\n")
    async with aclosing(hub.pages(conversation_id, after)) as pages:
        async for page in pages:  # what came together is sent together
            yield b"".join(message(event).encode() for event in page)


def message(event: Any) -> ServerSentEvent:
    """Return a stored event as it is sent."""
    return ServerSentEvent(data=event.data, event=event.type, id=str(event.seq), sep="\n")


def _number(text: str) -> int:
    """Return the number of an event id; what is no id of ours begins anew."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
