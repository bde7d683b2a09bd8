"""Live conversations are what a customer's right to be forgotten is about: the whole of each goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select

from copilot.live.repeats import identity
from copilot.privacy.erasure import Customer
from copilot.store import live as tables


@dataclass(frozen=True, slots=True)
class LiveRecords:
    """Conversations with everything that hangs on them."""

    name: str = "live_conversations"

    def erase_customer(self, connection: Connection, client_id: str, customer: Customer) -> int:
        """Delete the client's conversations of the customer, found by id, phone, order or parcel."""
        table, named = tables.conversations, tables.subjects
        values = [identity(word) for word in customer.words]
        by_subject = select(named.c.conversation_id).where(
            named.c.client_id == client_id,
            named.c.kind.in_(("customer", "phone", "order_id", "tracking_number")),
            named.c.value.in_(values),
        )
        query = select(table.c.id).where(
            table.c.client_id == client_id,
            or_(table.c.id.in_(by_subject), table.c.external_id.in_(customer.words)),
        )
        return _erase(connection, connection.execute(query).scalars().all())

    def erase_before(self, connection: Connection, client_id: str, moment: datetime) -> int:
        """Delete the client's conversations in which nothing has happened since `moment`."""
        calls = tables.deliveries
        connection.execute(delete(calls).where(calls.c.client_id == client_id, calls.c.at < moment))
        table = tables.conversations
        query = select(table.c.id).where(table.c.client_id == client_id, table.c.touched_at < moment)
        return _erase(connection, connection.execute(query).scalars().all())


def _erase(connection: Connection, ids: Sequence[str]) -> int:
    """Delete the conversations; links of later ones to them go as well."""
    for conversation_id in ids:
        for table in tables.OF_A_CONVERSATION:
            connection.execute(delete(table).where(table.c.conversation_id == conversation_id))
        connection.execute(delete(tables.links).where(tables.links.c.earlier_id == conversation_id))
        connection.execute(delete(tables.conversations).where(tables.conversations.c.id == conversation_id))
    return len(ids)
