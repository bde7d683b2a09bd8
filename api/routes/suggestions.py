"""Suggestions of a live conversation: asked for again, and what became of them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sse_starlette import EventSourceResponse

from api.examples import USUAL, problem_responses
from api.guard import needs, require_tokens
from api.live import THING_ID, ConversationDep, DeskDep, admit_thing, found, who
from api.problems import request_id_of
from api.routes.wording import STREAM, streamed
from api.service import service_of
from copilot.answer import Answer
from copilot.live.advice import Asked, advise_now
from copilot.live.suggestions import Feedback, give_feedback, owner_of
from copilot.request import Moment

SuggestionId = Annotated[str, THING_ID]
Words = Annotated[str, StringConstraints(max_length=20_000)]


class AskIn(BaseModel):
    """What the agent asks for. Without anything: another look at the conversation as it stands."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [{"draft": "请您放心，已加急"}]})

    draft: Words | None = Field(default=None, description="The unsent reply, to be checked.")
    instruction: Annotated[str, StringConstraints(max_length=1000)] | None = Field(
        default=None, description="How a model should word it; without a model `degraded` says so."
    )


class FeedbackIn(BaseModel):
    """What the agent did with a suggestion."""

    model_config = ConfigDict(
        extra="ignore", json_schema_extra={"examples": [{"adopted": "edited", "sent_text": "现在给您补送"}]}
    )

    adopted: Literal["sent", "edited", "rejected"]
    shown_at: Moment | None = None
    sent_text: Words | None = None
    reason: Annotated[str, StringConstraints(max_length=1000)] | None = None
    by: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None


class FeedbackKept(BaseModel):
    """Under which id the feedback is kept."""

    id: str
    suggestion_id: str


def create_router() -> APIRouter:
    """Return the routes of this noun."""
    router = APIRouter(tags=["live"], responses=problem_responses(*USUAL))

    @router.post(
        "/v1/conversations/{conversation_id}/suggestions",
        dependencies=[needs("assist")],
        response_model=Answer,
        responses={200: {"content": {STREAM: {}}}},
    )
    def suggest_again(
        request: Request, conversation: ConversationDep, desk: DeskDep, body: AskIn | None = None
    ) -> Answer | EventSourceResponse:
        """Look at the conversation as it stands now; with `draft`, check the agent's unsent reply too.

        What is new is told as events as well, unless a draft is being checked. With `Accept:
        text/event-stream` the answer is a stream: `suggestion.delta` for each verified sentence of the first
        suggestion as it is worded, then `answer` with the whole; the deltas are drafts of it.
        """
        asked = Asked() if body is None else Asked(body.draft, body.instruction)
        if asked.instruction and service_of(request).settings.llm_model:
            require_tokens(request, conversation.client_id)
        request_id = request_id_of(request)
        if STREAM in request.headers.get("accept", ""):
            return streamed(lambda listener: advise_now(desk, conversation.id, asked, request_id, listener))
        return found(lambda: advise_now(desk, conversation.id, asked, request_id))

    @router.post("/v1/suggestions/{suggestion_id}/feedback", dependencies=[needs("converse")])
    def give_suggestion_feedback(
        request: Request, suggestion_id: SuggestionId, desk: DeskDep, body: FeedbackIn
    ) -> FeedbackKept:
        """Say what became of a suggestion. A rejection counts as a gap of the knowledge."""
        owner = found(lambda: owner_of(desk, suggestion_id))
        admit_thing(request, owner.client_id, owner.conversation_id)
        given = Feedback(
            adopted=body.adopted,
            by=who(request, body.by),
            shown_at=body.shown_at,
            sent_text=body.sent_text,
            reason=body.reason,
        )
        return FeedbackKept(id=give_feedback(desk, suggestion_id, given), suggestion_id=suggestion_id)

    return router
