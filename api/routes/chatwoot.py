"""Helpdesks that call us: Chatwoot's webhook, and a plain one for home-made systems."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from api.examples import USUAL, example, problem_responses
from api.guard import PUBLIC, admit, needs, too_many
from api.live import DeskDep, admit_conversation
from api.problems import ApiError
from api.rescue import still_alerting
from api.routes.conversations import ConversationIn, LiveTurnIn, note_turn
from api.service import Service, ServiceDep
from copilot.live.chatwoot import Event, PayloadError, Verdict, read_event, verdict
from copilot.live.inbound import Outcome, Received, UnknownInboxError, parse_inboxes, receive
from copilot.live.model import TurnAnswer
from copilot.live.opening import open_conversation
from copilot.live.turns import accept
from copilot.logs import log

_MAX_DELIVERY = 200
_REFUSALS: dict[Verdict, str] = {
    "unsigned": "The call is not signed; older installations need COPILOT_CHATWOOT_ALLOW_UNSIGNED.",
    "wrong": "The signature does not fit.",
    "old": "The signature is older than five minutes.",
}


class WebhookAnswer(BaseModel):
    """What the call led to."""

    status: Outcome
    conversation_id: str | None = None


class MessageIn(BaseModel):
    """One message with the conversation it belongs to; the conversation is opened where it is new."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [{"conversation": example("conversation"), "message": example("live_turn")}]
        },
    )

    conversation: ConversationIn
    message: LiveTurnIn


class MessageAnswer(TurnAnswer):
    """The answer to the turn, and the conversation that it went to."""

    conversation_id: str


def create_router() -> APIRouter:
    """Return the routes of this noun."""
    router = APIRouter(prefix="/v1/integrations", tags=["integrations"])

    @router.post("/chatwoot/webhook", dependencies=[PUBLIC], responses=problem_responses(*USUAL))
    async def chatwoot_webhook(request: Request, service: ServiceDep) -> WebhookAnswer:
        """Take an event of Chatwoot, known by its signature. Repeats, notes and activities change nothing."""
        body = await request.body()
        delivery = request.headers.get("x-chatwoot-delivery")
        headers = {name.lower(): value for name, value in request.headers.items()}
        refuse_unsigned(service, headers, body, request.client.host if request.client else "unknown")
        event = _event(body)
        if event is None:
            return WebhookAnswer(status="ignored")
        return await run_in_threadpool(_receive, service, event, delivery)

    @router.post("/webhook", dependencies=[needs("converse")], responses=problem_responses(*USUAL))
    def generic_webhook(
        request: Request, desk: DeskDep, service: ServiceDep, body: MessageIn
    ) -> MessageAnswer:
        """Take one message of any helpdesk: conversation and turn in one call, both once by `external_id`."""
        admit(request, body.conversation.client_id)
        conversation = open_conversation(desk, body.conversation.opening())
        admit_conversation(request, conversation)
        with still_alerting(service, conversation, body.message.incoming()):
            answer = accept(desk, conversation.id, body.message.incoming())
        note_turn(service, answer)
        return MessageAnswer(**dict(answer), conversation_id=conversation.id)

    return router


def refuse_unsigned(service: Service, headers: dict[str, str], body: bytes, address: str) -> None:
    """Raise the problem of 401 unless the call is genuine (or unsigned, where the setting allows that).

    Whoever keeps sending calls that are not genuine gets 429, a genuine one from the same address does not.
    """
    secret = service.settings.chatwoot_secret
    if secret is None and not service.settings.chatwoot_allow_unsigned:
        raise ApiError(401, "unauthorized", "COPILOT_CHATWOOT_SECRET is not set: no call can be genuine.")
    found = verdict(secret.get_secret_value() if secret else "", headers, body, service.desk.clock())
    if found == "genuine" or (found == "unsigned" and service.settings.chatwoot_allow_unsigned):
        return
    wait = service.rates.refused_wait(address)
    if wait is not None:
        raise too_many(wait)
    raise ApiError(401, "unauthorized", _REFUSALS[found], headers={"WWW-Authenticate": "Signature"})


def _event(body: bytes) -> Event | None:
    try:
        return read_event(body)
    except PayloadError as error:
        raise ApiError(422, "validation_failed", f"This is no event of Chatwoot: {error}.") from error


def _receive(service: Service, event: Event, delivery: str | None) -> WebhookAnswer:
    inboxes = parse_inboxes(service.settings.chatwoot_inboxes, service.settings.chatwoot_tier)
    try:
        received: Received = receive(service.desk, event, inboxes, (delivery or "")[:_MAX_DELIVERY] or None)
    except UnknownInboxError:  # not ours: a repeat would end the same way
        log().warning("chatwoot inbox without a client", inbox=f"{event.place.account}:{event.place.inbox}")
        return WebhookAnswer(status="ignored")
    if received.turn is not None:
        note_turn(service, received.turn)
    return WebhookAnswer(status=received.outcome, conversation_id=received.conversation_id)
