"""Recorded traffic as cases: JSON Lines, a CSV export with one turn a row, a Chatwoot export."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from copilot.conversation import Role
from copilot.request import TurnIn
from evals.cases import RecordedCase

# What helpdesks call the columns; the first that is present counts.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("conversation_id", "conversation", "id", "会话ID", "会话id", "會話ID"),
    "client": ("client", "client_id", "甲方", "客户公司"),
    "role": ("role", "sender", "sender_type", "角色", "发送方", "發送方"),
    "text": ("text", "content", "message", "内容", "消息", "內容"),
    "at": ("at", "time", "timestamp", "created_at", "时间", "時間"),
    "tier": ("agent_tier", "tier", "坐席级别"),
}
_ROLES: dict[str, Role] = {
    "customer": "customer", "user": "customer", "contact": "customer", "visitor": "customer",
    "客户": "customer", "客戶": "customer", "用户": "customer", "顾客": "customer", "incoming": "customer",
    "agent": "agent", "outgoing": "agent", "客服": "agent", "坐席": "agent", "staff": "agent",
    "system": "system", "系统": "system", "系統": "system", "activity": "system", "bot": "agent",
}  # fmt: skip
_CHATWOOT_TYPES: dict[str, Role] = {
    "0": "customer", "1": "agent", "2": "system", "3": "agent",
    "incoming": "customer", "outgoing": "agent", "activity": "system", "template": "agent",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of an export that could not be used."""

    line: int
    cause: str


@dataclass(frozen=True, slots=True)
class Recording:
    """The conversations of one export."""

    cases: tuple[RecordedCase, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    conversation: str
    client: str | None
    tier: str
    turn: TurnIn


def _message(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc']) or 'line'}: {first['msg']}"
    return str(error).splitlines()[0]


def _recorded(lines: Iterable[tuple[int, str]], name: str, path: Path, client: str | None) -> Recording:
    cases, faults = [], []
    for number, line in lines:
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            given = {"client": client, **value} if client and isinstance(value, dict) else value
            case = RecordedCase.model_validate(given)
        except (json.JSONDecodeError, ValidationError) as error:
            faults.append(Fault(number, _message(error)))
            continue
        cases.append(case.model_copy(update={"set": name, "where": f"{path}:{number}"}))
    return Recording(tuple(cases), tuple(faults))


def _cell(row: Mapping[str, str | None], column: str) -> str | None:
    return next((row[name] for name in _COLUMNS[column] if row.get(name)), None)


def _turn_of_row(number: int, row: Mapping[str, str | None], client: str | None) -> _Row | Fault:
    conversation, role, text = _cell(row, "id"), _cell(row, "role"), _cell(row, "text")
    if conversation is None or text is None:
        return Fault(number, "no conversation id or no text")
    known = _ROLES.get((role or "").strip().casefold())
    if known is None:
        return Fault(number, f"role {role!r} is none of {', '.join(sorted(_ROLES))}")
    try:
        turn = TurnIn(role=known, text=text, at=_time(_cell(row, "at")))
    except (ValueError, ValidationError) as error:
        return Fault(number, _message(error))
    return _Row(number, conversation, _cell(row, "client") or client, _cell(row, "tier") or "L1", turn)


def _time(text: str | None) -> datetime | None:
    """An ISO time; without an offset it is taken as UTC, because a guess would move every deadline."""
    if not text:
        return None
    at = datetime.fromisoformat(text.strip())
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _grouped(rows: Iterable[_Row], name: str, path: Path) -> Recording:
    by_conversation: dict[str, list[_Row]] = {}
    for row in rows:
        by_conversation.setdefault(row.conversation, []).append(row)
    cases, faults = [], []
    for conversation, turns in by_conversation.items():
        first = turns[0]
        if first.client is None:
            faults.append(
                Fault(first.line, f"conversation {conversation}: whose client? name it in dataset.yaml")
            )
            continue
        cases.append(
            RecordedCase(
                id=conversation,
                client=first.client,
                agent_tier=first.tier,
                turns=tuple(row.turn for row in turns),
                set=name,
                where=f"{path}:{first.line}",
            )
        )
    return Recording(tuple(cases), tuple(faults))


def _csv(path: Path, name: str, client: str | None) -> Recording:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        read = [_turn_of_row(reader.line_num, row, client) for row in reader]
    grouped = _grouped((row for row in read if isinstance(row, _Row)), name, path)
    return Recording(grouped.cases, (*(row for row in read if isinstance(row, Fault)), *grouped.faults))


def _unwrapped(value: Any) -> list[Any]:
    """The conversations inside `{data: {payload: […]}}`, `{payload: […]}`, a list, or one conversation."""
    while isinstance(value, dict) and not ("messages" in value or "id" in value):
        inner = value.get("data", value.get("payload"))
        if inner is None:
            return []
        value = inner
    return value if isinstance(value, list) else [value]


def _chatwoot_turn(message: Mapping[str, Any]) -> TurnIn | None:
    role = _CHATWOOT_TYPES.get(str(message.get("message_type")))
    text = message.get("content")
    if role is None or not text or message.get("private"):
        return None
    created = message.get("created_at")
    at = datetime.fromtimestamp(created, UTC) if isinstance(created, int | float) else _time(created)
    return TurnIn(role=role, text=text, at=at)


def _chatwoot_case(
    value: Any, name: str, path: Path, client: str | None, inboxes: Mapping[str, str]
) -> RecordedCase | str:
    """The case, or why there is none."""
    if not isinstance(value, dict):
        return "a conversation must be an object"
    inbox = value.get("inbox")
    inbox_name = inbox.get("name") if isinstance(inbox, dict) else value.get("inbox_id")
    owner = inboxes.get(str(inbox_name), client)
    if owner is None:
        return f"inbox {inbox_name!r}: whose client? name it under `inboxes` in dataset.yaml"
    turns = tuple(turn for message in value.get("messages", ()) if (turn := _chatwoot_turn(message)))
    if not turns:
        return "no message with text"
    return RecordedCase(id=str(value.get("id")), client=owner, turns=turns, set=name, where=f"{path}:1")


def _chatwoot(path: Path, name: str, client: str | None, inboxes: Mapping[str, str]) -> Recording:
    try:
        conversations = _unwrapped(json.loads(path.read_text("utf-8-sig")))
    except json.JSONDecodeError as error:
        return Recording(faults=(Fault(error.lineno, error.msg),))
    cases, faults = [], []
    for value in conversations:
        try:
            case = _chatwoot_case(value, name, path, client, inboxes)
        except (ValueError, ValidationError) as error:
            case = _message(error)
        if isinstance(case, str):
            faults.append(Fault(1, case))
        else:
            cases.append(case)
    return Recording(tuple(cases), tuple(faults))


def read_recording(
    path: Path, name: str, client: str | None = None, inboxes: Mapping[str, str] | None = None
) -> Recording:
    """Return the conversations of an export (.jsonl, .csv or Chatwoot .json).

    `client` owns conversations that name none; `inboxes` maps a Chatwoot inbox to its client.
    """
    if path.suffix == ".csv":
        return _csv(path, name, client)
    if path.suffix == ".json":
        return _chatwoot(path, name, client, inboxes or {})
    return _recorded(enumerate(path.read_text("utf-8-sig").split("\n"), start=1), name, path, client)
