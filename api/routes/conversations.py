"""Live conversations: opened, continued turn by turn, read."""

from __future__ import annotations

from typing import Annotated, Literal

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.examples import USUAL, example, problem_responses
from api.guard import admit, needs
from api.live import THING_ID, ConversationDep, DeskDep, admit_conversation, enter_lately, found
from api.middleware.audit import note_within
from api.paging import Cursor, Limit, cursor_after, read_cursor, read_number
from api.rescue import still_alerting
from api.service import ServiceDep
from copilot.conversation import Role
from copilot.live.model import (
    ConversationView,
    Customer,
    LiveAgent,
    LiveConversation,
    LiveTurn,
    TurnAnswer,
)
from copilot.live.opening import Opening, list_conversations, list_turns, open_conversation, set_state, view
from copilot.live.turns import MAX_TURN_CHARACTERS, Incoming, accept
from copilot.request import AgentIn, ClientId, Moment

# More would only take the interpreter from each other; so many, because some wait for the classifier.
TURNS_AT_ONCE = 8
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class CustomerIn(BaseModel):
    """Who writes, as far as the helpdesk knows."""

    model_config = ConfigDict(extra="ignore")

    id: ShortText | None = None
    name: ShortText | None = None
    phone: ShortText | None = None
    email: ShortText | None = None

    def value(self) -> Customer:
        """Return the customer as a frozen value."""
        return Customer(**self.model_dump())


class ConversationIn(BaseModel):
    """A conversation that begins."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [example("conversation")]})

    client_id: ClientId
    agent: AgentIn = AgentIn()
    channel: ShortText = "chat"
    external_id: ShortText | None = Field(
        default=None, description="The helpdesk's own id: the same one returns the same conversation."
    )
    customer: CustomerIn = CustomerIn()
    subject: Annotated[dict[ShortText, ShortText], Field(max_length=20)] = Field(
        default={},
        description="What it is about, as the helpdesk knows: `driver`, `plate`, `courier`, `shop`, "
        "`vehicle`, `order_id` … Conversations about the same one are linked.",
    )
    language: Literal["zh-Hans", "zh-Hant", "en"] | None = None

    def opening(self) -> Opening:
        """Return it as the live service takes it."""
        return Opening(
            client_id=self.client_id,
            channel=self.channel,
            agent=LiveAgent(id=self.agent.id, tier=self.agent.tier),
            external_id=self.external_id,
            customer=self.customer.value(),
            subject=dict(self.subject),
            language=self.language,
        )


class LiveTurnIn(BaseModel):
    """A message as it was said. Without `at` it was said now."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [example("live_turn")]})

    role: Role
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_TURN_CHARACTERS)]
    at: Moment | None = None
    external_id: ShortText | None = Field(
        default=None, description="The same one again returns the first answer, marked `duplicate`."
    )

    def incoming(self) -> Incoming:
        """Return it as the live service takes it."""
        return Incoming(self.role, self.text, self.at, self.external_id)


class StateIn(BaseModel):
    """Whether the conversation goes on."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["open", "resolved"]


class TurnPage(BaseModel):
    """One page, in the order of arrival."""

    results: list[LiveTurn]
    next_cursor: str | None = None


class ConversationPage(BaseModel):
    """One page, by id."""

    results: list[LiveConversation]
    next_cursor: str | None = None


def create_router() -> APIRouter:
    """Return the routes of this noun."""
    router = APIRouter(prefix="/v1/conversations", tags=["live"], responses=problem_responses(*USUAL))
    _add_conversations(router)
    _add_turns(router)
    return router


def _add_conversations(router: APIRouter) -> None:
    @router.post("", dependencies=[needs("converse")])
    def open_live_conversation(request: Request, desk: DeskDep, body: ConversationIn) -> LiveConversation:
        """Open a conversation, or find the one of that `external_id`.

        A conversation about a driver, plate, courier, shop, vehicle or order of an earlier one is linked to
        it (event `linked`).
        """
        admit(request, body.client_id)
        conversation = open_conversation(desk, body.opening())
        admit_conversation(request, conversation)
        return conversation

    @router.get("", dependencies=[needs("supervise")])
    def list_live_conversations(
        request: Request,
        desk: DeskDep,
        client_id: Annotated[ClientId, Query()],
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> ConversationPage:
        """List a client's conversations, by id."""
        admit(request, client_id)
        rows = list_conversations(desk, client_id, read_cursor(cursor), limit + 1)
        more = len(rows) > limit
        return ConversationPage(
            results=list(rows[:limit]), next_cursor=cursor_after(rows[limit - 1].id) if more else None
        )

    @router.get("/{conversation_id}", dependencies=[needs("converse")])
    def read_conversation(conversation: ConversationDep, desk: DeskDep) -> ConversationView:
        """Read the conversation with everything that a panel shows of it."""
        return found(lambda: view(desk, conversation.id))

    @router.patch("/{conversation_id}", dependencies=[needs("converse")])
    def change_conversation(conversation: ConversationDep, desk: DeskDep, body: StateIn) -> LiveConversation:
        """Close the conversation, or open it again."""
        return set_state(desk, conversation.id, body.state)


def _add_turns(router: APIRouter) -> None:
    turns_at_once = CapacityLimiter(TURNS_AT_ONCE)

    @router.post("/{conversation_id}/turns", dependencies=[needs("converse")])
    async def add_turn(
        request: Request,
        conversation_id: Annotated[str, THING_ID],
        desk: DeskDep,
        service: ServiceDep,
        body: LiveTurnIn,
    ) -> TurnAnswer:
        """Add a turn and learn at once what it means; suggestions follow as events.

        `alerts` are those that stand in the conversation; facts, checks, promises and links are what this
        turn brought. What `pending` names is still looking: an alert that it raises comes as an event.
        Turns may come twice (by `external_id`) and out of order (by `at`).
        """

        def work() -> TurnAnswer:
            conversation = enter_lately(request, conversation_id)
            note = note_within(request, service.audit)
            with still_alerting(service, conversation, body.incoming()):
                answer = found(lambda: accept(desk, conversation_id, body.incoming(), note))
            note_turn(service, answer)
            return answer

        return await to_thread.run_sync(work, limiter=turns_at_once)

    @router.get("/{conversation_id}/turns", dependencies=[needs("converse")])
    def read_turns(
        conversation: ConversationDep, desk: DeskDep, cursor: Cursor = None, limit: Limit = 100
    ) -> TurnPage:
        """Read the transcript in the order of arrival."""
        after = read_number(cursor)
        rows = [turn for turn in list_turns(desk, conversation.id) if turn.index >= after]
        more = len(rows) > limit
        return TurnPage(
            results=rows[:limit], next_cursor=cursor_after(str(rows[limit].index)) if more else None
        )


def note_turn(service: ServiceDep, answer: TurnAnswer) -> None:
    """Count new alerts, and parts that could not look."""
    for alert in answer.alerts:
        if not answer.duplicate and alert.raised_at >= answer.turn.received_at:
            service.metrics.alerts.labels(alert.level).inc()
    for part in answer.degraded:
        service.metrics.degraded.labels(part.split(":")[0]).inc()
