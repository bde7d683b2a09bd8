"""Lists in pages: an opaque cursor and a limit of 1 to 100."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated

from fastapi import Query

from api.problems import ApiError, FieldError

Limit = Annotated[int, Query(ge=1, le=100, description="Rows of a page.")]
Cursor = Annotated[
    str | None, Query(max_length=600, description="`next_cursor` of the page before; nothing for the first.")
]


def cursor_after(value: str) -> str:
    """Return the cursor that continues after `value`."""
    return base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> str:
    """Return what the cursor continues after, empty for the beginning. Raise ApiError for no cursor."""
    if cursor is None:
        return ""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise _no_cursor() from error


def read_number(cursor: str | None) -> int:
    """Return the number that the cursor continues after, else 0. Raise ApiError for no cursor."""
    text = read_cursor(cursor)
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise _no_cursor()
    return int(text)


def cursor_at(*parts: str) -> str:
    """Return the cursor of a place that several values tell."""
    return cursor_after("\n".join(parts))


def read_parts(cursor: str | None, number: int) -> tuple[str, ...]:
    """Return the values of a cursor's place, none for the beginning. Raise ApiError for no cursor."""
    text = read_cursor(cursor)
    parts = tuple(text.split("\n")) if text else ()
    if parts and len(parts) != number:
        raise _no_cursor()
    return parts


def moment_of(text: str) -> datetime:
    """Return the moment in a cursor. Raise ApiError for none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _no_cursor() from error
    if moment.tzinfo is None:
        raise _no_cursor()
    return moment


def _no_cursor() -> ApiError:
    wrong = FieldError(path="query.cursor", code="cursor", message="is no cursor of this service")
    return ApiError(422, "validation_failed", "1 field is not as expected.", (wrong,))
