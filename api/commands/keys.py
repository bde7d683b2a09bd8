"""`copilot keys`: create, list, rotate, revoke."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from copilot.access.keys import Key, Keys, NewKey

keys_app = typer.Typer(
    name="keys",
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="API keys: role, clients, expiry. A key's text is shown once, when it is created or rotated.",
)
DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Default: COPILOT_DATA_DIR or ./copilot-data.")
]
KeyId = Annotated[str, typer.Argument(help="As `copilot keys list` shows it.")]


@keys_app.command(
    epilog="Examples: copilot keys create --name admin --role admin · "
    "copilot keys create --name helpdesk --role integrator --client lulu --client xianda --days 365"
)
def create(
    role: Annotated[str, typer.Option(help="admin, integrator, agent, qa or client.")],
    name: Annotated[str, typer.Option(help="Whose key it is; without: its role.")] = "",
    client: Annotated[
        list[str] | None, typer.Option("--client", help="May be repeated; without: every client.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, help="Valid for so many days; without: until revoked.")
    ] = None,
    rate: Annotated[int | None, typer.Option(min=1, help="Calls a minute; without: the setting.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Create a key and show its text, once."""
    from api.terminal import explained, fail
    from copilot.access.keys import UnknownRoleError

    if role == "client" and not client:
        fail("a key of role client belongs to one client company", "name it: --client ID")
    with _keys(data_dir) as keys, explained((UnknownRoleError, lambda error: (str(error),))):
        valid_for = None if days is None else timedelta(days=days)
        _show(keys.create(name or role, role, client, valid_for=valid_for, rate_per_minute=rate))


@keys_app.command(name="list", epilog="Example: copilot keys list")
def list_(data_dir: DataDir = None) -> None:
    """List the keys: role, clients, expiry, last use. Never their texts."""
    from datetime import UTC, datetime

    from rich.table import Table

    from api.terminal import for_people, out, print_json

    with _keys(data_dir) as keys:
        found = keys.list()
    if not for_people():
        print_json([_plain(key) for key in found])
        return
    table = Table("id", "name", "role", "clients", "state", "expires", "last used", box=None)
    now = datetime.now(UTC)
    for key in found:
        state = "[green]active[/]" if key.active(now) else "[red]ended[/]"
        clients = "all" if key.clients is None else ", ".join(sorted(key.clients))
        dates = (
            f"{moment:%Y-%m-%d %H:%M}" if moment else "–" for moment in (key.expires_at, key.last_used_at)
        )
        table.add_row(key.id, key.name, key.role, clients, state, *dates)
    out().print(table)


@keys_app.command(epilog="Example: copilot keys rotate 3f2a9c1b7d4e")
def rotate(key_id: KeyId, data_dir: DataDir = None) -> None:
    """Give a key a new text; the old one stops at once."""
    from api.terminal import explained
    from copilot.access.keys import UnknownKeyError

    with _keys(data_dir) as keys, explained((UnknownKeyError, _unknown)):
        _show(keys.rotate(key_id))


@keys_app.command(epilog="Example: copilot keys revoke 3f2a9c1b7d4e")
def revoke(key_id: KeyId, data_dir: DataDir = None) -> None:
    """End a key and every sidebar token that it minted."""
    from api.terminal import explained, notes
    from copilot.access.keys import UnknownKeyError

    with _keys(data_dir) as keys, explained((UnknownKeyError, _unknown)):
        keys.revoke(key_id)
    notes().print(f"{key_id} is revoked")


@contextmanager
def _keys(data_dir: Path | None) -> Iterator[Keys]:
    from api.commands.opening import opened
    from api.commands.settings import settings_for
    from copilot.access.keys import Keys

    with opened(settings_for(data_dir)) as copilot:
        yield Keys(copilot.engine)


def _show(new: NewKey) -> None:
    from api.terminal import for_people, notes, out, print_json

    if not for_people():
        print_json({**_plain(new.key), "key": new.text})
        return
    notes().print(f"key [bold]{new.key.id}[/], role {new.key.role}. Its text, which is not shown again:")
    out().print(new.text, soft_wrap=True)


def _plain(key: Key) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role,
        "clients": None if key.clients is None else sorted(key.clients),
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at and key.expires_at.isoformat(),
        "revoked_at": key.revoked_at and key.revoked_at.isoformat(),
        "last_used_at": key.last_used_at and key.last_used_at.isoformat(),
    }


def _unknown(error: Exception) -> tuple[str, ...]:
    return (f"{error.args[0]} is no active key", "`copilot keys list` shows them")
