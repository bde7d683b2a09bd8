from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from copilot.live.chatwoot import PayloadError, Place, read_event, verdict
from copilot.live.inbound import UnknownInboxError, parse_inboxes, receive
from copilot.live.opening import find_conversation, list_turns, view

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ALL = parse_inboxes("*=lulu")


def message(**more: object) -> dict:
    return {
        "event": "message_created",
        "id": 501,
        "content": "我的退款怎么还没到",
        "created_at": "2026-03-02T11:59:58.000Z",
        "message_type": "incoming",
        "private": False,
        "sender": {"id": 9, "name": "林女士", "type": "contact"},
        "inbox": {"id": 3, "name": "网页"},
        "account": {"id": 7, "name": "外包"},
        "conversation": {
            "id": 12,
            "status": "open",
            "channel": "Channel::WebWidget",
            "meta": {
                "sender": {"id": 9, "name": "林女士", "phone_number": "+8613812345678"},
                "assignee": None,
            },
            "messages": [{"id": 501, "message_type": 0, "created_at": 1772452798}],
        },
        **more,
    }


def event(raw: dict):
    return read_event(json.dumps(raw).encode())


def signed(secret: str, body: bytes, at: datetime) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"x-chatwoot-signature": f"sha256={digest}", "x-chatwoot-timestamp": stamp}


def test_a_signature_is_genuine_for_five_minutes():
    body = json.dumps(message()).encode()
    good = signed("s", body, NOW)
    assert verdict("s", good, body, NOW + timedelta(minutes=5)) == "genuine"
    assert verdict("s", good, body, NOW + timedelta(minutes=5, seconds=1)) == "old"
    assert verdict("s", good, body + b" ", NOW) == "wrong"
    assert verdict("other", good, body, NOW) == "wrong"
    assert verdict("s", {}, body, NOW) == "unsigned"
    assert verdict("s", {**good, "x-chatwoot-timestamp": "1"}, body, NOW) == "wrong"
    assert verdict("s", {**good, "x-chatwoot-signature": "密"}, body, NOW) == "wrong"


@pytest.mark.parametrize(
    ("changes", "role"),
    [
        ({}, "customer"),
        ({"message_type": 0}, "customer"),
        ({"message_type": "outgoing", "sender": {"id": 1, "type": "user"}}, "agent"),
        ({"message_type": 1, "sender": {"id": 1, "type": "user"}}, "agent"),
        ({"message_type": "outgoing", "sender": {"id": 2, "type": "agent_bot"}}, "system"),
    ],
)
def test_who_said_it_is_read_from_words_and_numbers(changes, role):
    assert event(message(**changes)).said.role == role


@pytest.mark.parametrize(
    "changes",
    [
        {"private": True, "message_type": "outgoing"},
        {"message_type": "template"},
        {"message_type": 2},
        {"message_type": 3},
        {"content": None},
        {"content": "  "},
    ],
)
def test_notes_activities_and_templates_are_not_said(changes):
    assert event(message(**changes)).said is None


def test_times_are_iso_or_unix():
    assert event(message()).said.at == datetime(2026, 3, 2, 11, 59, 58, tzinfo=UTC)
    assert event(message(created_at=1772452798)).said.at == datetime(2026, 3, 2, 11, 59, 58, tzinfo=UTC)
    assert event(message(created_at="gestern")).said.at is None


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"event": 3}', b'{"event": "message_created"}', b"\xff"]
)
def test_what_is_no_event_is_refused(body):
    with pytest.raises(PayloadError):
        read_event(body)


def test_other_events_tell_nothing():
    assert event({"event": "webwidget_triggered"}) is None


def test_a_message_is_one_turn_however_often_it_comes(desk):
    first = receive(desk, event(message()), ALL, "d-1")
    assert receive(desk, event(message()), ALL, "d-1").outcome == "duplicate"
    assert receive(desk, event(message()), ALL, "d-2").outcome == "duplicate"
    assert first.outcome == "turn"
    (turn,) = list_turns(desk, first.conversation_id)
    assert (turn.role, turn.text) == ("customer", "我的退款怎么还没到")
    assert view(desk, first.conversation_id).customer.id == "chatwoot:7:9"


def test_the_same_number_in_another_account_is_another_conversation(desk):
    first = receive(desk, event(message()), ALL, None)
    other = receive(desk, event(message(account={"id": 8})), ALL, None)
    assert first.conversation_id != other.conversation_id


def test_a_note_opens_the_conversation_and_says_nothing(desk):
    note = receive(desk, event(message(private=True, message_type="outgoing")), ALL, None)
    assert note.outcome == "ignored"
    assert list_turns(desk, note.conversation_id) == ()


def test_a_conversation_event_changes_state_and_agent(desk):
    raw = {"event": "conversation_status_changed", "id": 12, "status": "resolved", "inbox_id": 3,
           "account": {"id": 7}, "meta": {"assignee": {"id": 44}}}  # fmt: skip
    received = receive(desk, event(raw), ALL, None)
    conversation = find_conversation(desk, received.conversation_id)
    assert (conversation.state, conversation.agent.id) == ("resolved", "44")


def test_the_narrowest_entry_names_the_client():
    inboxes = parse_inboxes("7:3=lulu, 7=xianda, nonsense")
    assert inboxes.client_of(Place("7", "3", "1")) == "lulu"
    assert inboxes.client_of(Place("7", "4", "1")) == "xianda"
    with pytest.raises(UnknownInboxError):
        inboxes.client_of(Place("8", "3", "1"))
