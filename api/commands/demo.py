"""`copilot demo`: the sample clients, their recorded conversations, and the service around them."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from api.app import create_app
from api.commands.importing import imported
from api.commands.serve import is_loopback, options
from api.commands.settings import settings_for
from api.commands.telling import as_data, tell_case, tell_summary
from api.guard import walk
from api.terminal import fail, notes, out
from copilot.assembly import Copilot, assemble
from copilot.demo.replay import advice_of, stage_of, steps_of
from copilot.demo.samples import RecordedCase, recorded_cases, sample_clients
from copilot.demo.vectors import with_shipped_vectors
from copilot.settings import Settings

# The agent's page where this version has one; the API's description elsewhere.
_PAGES = ("/demo", "/docs")


@dataclass(frozen=True, slots=True)
class Showing:
    """How the demo is shown. `cases` empty: all of them; `port` 0: a free one."""

    headless: bool
    as_json: bool
    cases: tuple[int, ...]
    data_dir: Path | None
    host: str
    port: int
    open_browser: bool


def show(showing: Showing) -> None:
    """Import the samples, then replay in the terminal, or serve and open the agent's page."""
    cases = _chosen(showing.cases)
    with _folder(showing.data_dir) as folder, _opened(_settings(folder)) as copilot:
        if showing.headless:
            _replay(copilot, cases, as_json=showing.as_json)
        else:
            _serve(copilot, showing)


def _chosen(numbers: tuple[int, ...]) -> tuple[RecordedCase, ...]:
    recorded = recorded_cases()
    known = {case.case for case in recorded}
    unknown = [number for number in numbers if number not in known]
    if unknown:
        fail(
            f"there is no case {unknown[0]}",
            f"recorded: {', '.join(str(number) for number in sorted(known))}",
        )
    return tuple(case for case in recorded if not numbers or case.case in numbers)


@contextmanager
def _folder(chosen: Path | None) -> Iterator[Path]:
    """Return where the demo's state lives; a temporary folder is gone afterwards."""
    if chosen is not None:
        yield chosen
        return
    with tempfile.TemporaryDirectory(prefix="copilot-demo-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def _settings(folder: Path) -> Settings:
    """The demo has its own database, needs no key and calls no endpoint that the environment names."""
    nothing = {
        "database_url": None,
        "admin_key": None,
        "embedding_base_url": None,
        "log_level": "WARNING",
        "rate_per_minute": 100_000,
        "client_rate_per_minute": 100_000,
    }
    return settings_for(folder).model_copy(update=nothing)


@contextmanager
def _opened(settings: Settings) -> Iterator[Copilot]:
    copilot = assemble(settings, with_shipped_vectors)
    try:
        for client in sample_clients():
            report = imported(copilot.knowledge, client, False, notes())
            for problem in report.errors:
                notes().print(f"[yellow]sample {client.name} was not imported:[/] {problem}")
        yield copilot
    finally:
        copilot.close()


def _replay(copilot: Copilot, cases: tuple[RecordedCase, ...], *, as_json: bool) -> None:
    """Print every case; what the embedder or the database cannot do ends the demo with an error."""
    console = out()
    started = time.perf_counter()
    for case in cases:
        with stage_of(copilot) as stage:
            steps, answer = steps_of(stage, case), advice_of(copilot.pipeline, case)
            if as_json:
                sys.stdout.write(json.dumps(as_data(case, steps, answer), ensure_ascii=False) + "\n")
            else:
                tell_case(console, case, steps, answer)
    if not as_json:
        tell_summary(console, len(cases), time.perf_counter() - started)


def _serve(copilot: Copilot, showing: Showing) -> None:
    if not is_loopback(showing.host):
        fail("the demo has no keys, so it stays on this machine", "leave --host out")
    app = create_app(copilot)
    paths = {path for path, _ in walk(app.routes)}
    page = next(path for path in _PAGES if path in paths)
    with _listening(showing.host, showing.port) as listener:
        url = f"http://{showing.host}:{listener.getsockname()[1]}{page}"
        notes().print(f"the demo is at [bold]{url}[/] · Ctrl-C stops")
        if showing.open_browser and _has_browser():
            threading.Timer(1.0, webbrowser.open, (url,)).start()
        settings = {name: value for name, value in options().items() if name != "factory"}
        uvicorn.Server(uvicorn.Config(app, **settings)).run(sockets=[listener])


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        fail(
            f"port {port} of {host} cannot be used: {error.strerror}",
            "choose another: --port 0 takes a free one",
        )
    with contextlib.closing(listener):
        yield listener


def _has_browser() -> bool:
    """Whether a page opened here would be seen by somebody."""
    if not sys.stdout.isatty():
        return False
    if sys.platform.startswith("linux") and not {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True
