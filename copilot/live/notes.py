"""A suggestion as a private note in Chatwoot, where agents who never open the sidebar see it.

Sent aside and once: a helpdesk that is slow, broken or gone delays nothing here, and what it did not take is
still in the sidebar.
"""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote, urlsplit

from copilot.answer import Suggestion
from copilot.live.model import LiveConversation
from copilot.logs import log

TIMEOUT_SECONDS = 5.0
WAITING = 100  # notes; a helpdesk that takes none must not fill the memory


class Noting(Protocol):
    """Where new suggestions are noted outside."""

    def offer(self, conversation: LiveConversation, suggestions: Sequence[Suggestion]) -> None:
        """Note the suggestions, or not; never raises and never waits."""

    def close(self) -> None:
        """Drop what was not sent."""


class NoNotes:
    """Notes nothing."""

    def offer(self, conversation: LiveConversation, suggestions: Sequence[Suggestion]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Account:
    """A client's Chatwoot: its base URL, and the token of the agent or bot who writes the notes."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Note:
    account: Account
    path: str
    text: str


class ChatwootNotes:
    """Notes in the Chatwoot of each client that has one. `failed` counts notes that were not taken."""

    def __init__(self, accounts: Mapping[str, Account], failed: Callable[[], None] = lambda: None) -> None:
        self._accounts = accounts
        self._failed = failed
        self._sender = ThreadPoolExecutor(1, "live-notes")
        self._waiting = 0

    def offer(self, conversation: LiveConversation, suggestions: Sequence[Suggestion]) -> None:
        """Send the best suggestion in the background; conversations of other helpdesks have none."""
        account = self._accounts.get(conversation.client_id)
        path = _path(conversation.external_id or "")
        if account is None or path is None or not suggestions or self._waiting >= WAITING:
            return
        self._waiting += 1
        with contextlib.suppress(RuntimeError):  # the process ends
            self._sender.submit(self._send, _Note(account, path, note_text(suggestions[0])))

    def close(self) -> None:
        """Drop what was not sent."""
        self._sender.shutdown(wait=False, cancel_futures=True)

    def _send(self, note: _Note) -> None:
        try:
            status = _post(note)
        except (OSError, http.client.HTTPException, ValueError) as error:
            log().warning("chatwoot note not delivered", kind=type(error).__name__)
            self._failed()
        else:
            if not 200 <= status < 300:  # a redirect is a failure too: the token goes nowhere else
                log().warning("chatwoot note not taken", status=status)
                self._failed()
        finally:
            self._waiting -= 1


def note_text(suggestion: Suggestion) -> str:
    """Return the suggestion as Markdown: what to send, what to do, the article's words."""
    steps = [f"{number}. {step}" for number, step in enumerate(suggestion.steps, start=1)]
    sources = [f"> {cited.quote} ({cited.title})" for cited in suggestion.citations]
    parts = (f"**{suggestion.title}**", suggestion.reply, "\n".join(steps), "\n".join(sources))
    return "\n\n".join(part for part in parts if part)


def _path(external_id: str) -> str | None:
    """The API's path of a conversation that came from Chatwoot; None for any other."""
    kind, _, rest = external_id.partition(":")
    account, _, number = rest.partition(":")
    if kind != "chatwoot" or not account or not number:
        return None
    return f"/api/v1/accounts/{quote(account, safe='')}/conversations/{quote(number, safe='')}/messages"


def _post(note: _Note) -> int:
    address = urlsplit(note.account.url)
    secure = address.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(address.hostname or "", address.port, timeout=TIMEOUT_SECONDS)
    body = {"content": note.text, "message_type": "outgoing", "private": True}
    headers = {"Content-Type": "application/json", "api_access_token": note.account.token}
    with contextlib.closing(connection):
        connection.request(
            "POST", address.path.rstrip("/") + note.path, json.dumps(body).encode(), headers=headers
        )
        return connection.getresponse().status
