"""`copilot serve`: the service, with a closed door where no key exists."""

from __future__ import annotations

import ipaddress
import os
import tempfile
from pathlib import Path
from typing import Any

import uvicorn

from api.commands.opening import opened
from api.commands.settings import settings_for
from api.terminal import fail, notes
from copilot.access.keys import Keys
from copilot.settings import Settings

# Open streams are told to end; then the process goes whatever they do.
_GRACE_SECONDS = 8


def run(host: str | None, port: int | None, workers: int, data_dir: Path | None) -> None:
    """Serve until told to stop."""
    settings = settings_for(data_dir)
    address, number = host or settings.host, settings.port if port is None else port
    refuse_open_door(settings, address)
    os.environ["COPILOT_DATA_DIR"] = str(settings.data_dir.resolve())  # the processes read it for themselves
    notes().print(f"copilot on [bold]http://{address}:{number}[/] · API at /docs · Ctrl-C stops")
    if workers == 1:
        uvicorn.run("api.server:create", host=address, port=number, **options())
        return
    with tempfile.TemporaryDirectory(prefix="copilot-metrics-") as shared:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = shared  # the workers' counters meet there
        os.environ["COPILOT_RATES_FILE"] = f"{shared}/rates.sqlite3"  # and their counts of calls
        uvicorn.run("api.server:create", host=address, port=number, workers=workers, **options())


def options() -> dict[str, Any]:
    """Return how every server of ours runs: own log lines, no banner, a bounded farewell."""
    return {
        "factory": True,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_graceful_shutdown": _GRACE_SECONDS,
    }


def refuse_open_door(settings: Settings, host: str) -> None:
    """End the command where others could call without a key."""
    with opened(settings) as copilot:  # creates the schema too, once for all workers
        has_keys = settings.admin_key is not None or Keys(copilot.engine).exist()
    if has_keys:
        return
    if not is_loopback(host):
        fail(
            f"no key exists, so the service does not listen on {host}",
            "create one: copilot keys create --name admin --role admin",
            "or stay on this machine: copilot serve --host 127.0.0.1",
        )
    notes().print("[yellow]No key exists:[/] calls of this machine are accepted without one.")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
