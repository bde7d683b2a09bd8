"""What the routes about live things share: who may see a stored thing, and the problems of its life."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Path, Request
from sqlalchemy.exc import NoResultFound

from api.guard import admit, caller_of
from api.problems import ApiError, not_found
from api.service import service_of
from copilot.access.roles import Caller
from copilot.live.desk import Desk
from copilot.live.model import LiveConversation, StateError, UnknownThingError
from copilot.live.opening import find_conversation

Found = TypeVar("Found")
THING_ID = Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")


def desk_of(request: Request) -> Desk:
    """Return the live service's desk."""
    return service_of(request).desk


async def _desk(request: Request) -> Desk:
    """As a coroutine: a plain function would be sent to another thread and back."""
    return desk_of(request)


DeskDep = Annotated[Desk, Depends(_desk)]


def found(look: Callable[[], Found]) -> Found:
    """Return what `look` returns. Raise the problem of 404 or 409 where it cannot be."""
    try:
        return look()
    except (UnknownThingError, NoResultFound) as error:
        raise not_found() from error
    except StateError as error:
        raise ApiError(409, "wrong_state", str(error)) from error


def enter(request: Request, conversation_id: Annotated[str, THING_ID]) -> LiveConversation:
    """Return the conversation of the path if it exists for the caller. Raise the problem of 404."""
    conversation = found(lambda: find_conversation(desk_of(request), conversation_id))
    admit(request, conversation.client_id)
    admit_conversation(request, conversation)
    return conversation


def enter_lately(request: Request, conversation_id: str) -> LiveConversation:
    """Return the conversation as `enter` does, without the database where a turn came to it lately.

    Whose it is and its external id never change; that it was erased shows when it is written to.
    """
    talk = desk_of(request).recent.find(conversation_id)
    if talk is None:
        return enter(request, conversation_id)
    admit(request, talk.conversation.client_id)
    admit_conversation(request, talk.conversation)
    return talk.conversation


def admit_conversation(request: Request, conversation: LiveConversation) -> None:
    """Raise the problem of 404 where a sidebar token is good for another conversation."""
    caller = caller_of(request)
    if not caller.may_enter(conversation.id) and not (
        conversation.external_id and caller.may_enter(conversation.external_id)
    ):
        raise not_found()


def admit_thing(request: Request, client_id: str, conversation_id: str) -> None:
    """Raise the problem of 404 where the thing of that conversation does not exist for the caller."""
    admit(request, client_id)
    caller = caller_of(request)
    if caller.conversation_id is not None:
        admit_conversation(request, found(lambda: find_conversation(desk_of(request), conversation_id)))


def who(request: Request, named: str | None) -> str:
    """Return who acts: the agent of the token, the name that a trusted system gives, else the caller."""
    caller = caller_of(request)
    return caller.agent_id or named or caller.id


def clients_of(caller: Caller, client_id: str | None) -> frozenset[str] | None:
    """Return the clients of a list: the caller's own, or the one that is asked for if it is among them."""
    if client_id is None:
        return caller.clients
    if not caller.may_see(client_id):
        raise not_found()
    return frozenset({client_id})


ConversationDep = Annotated[LiveConversation, Depends(enter)]
