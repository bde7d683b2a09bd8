"""A real service on two sample clients, and Debian's Chromium in front of it."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from api.app import create_app
from copilot.assembly import assemble
from copilot.demo.samples import recorded_cases, samples_folder
from copilot.demo.vectors import with_shipped_vectors
from copilot.settings import Settings

playwright_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CLIENTS = ("xingche", "xiancai")
CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    # The page around the frame comes from the test, from no address; Chromium would keep it from loopback.
    "--disable-features=LocalNetworkAccessChecks",
)
FRAMING = "http://127.0.0.1:58999"  # the one origin that may frame the panel; nothing listens there


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium: apt-get install chromium"))


@dataclass(frozen=True)
class Helpdesk:
    """The running service, as a helpdesk's server speaks to it."""

    url: str

    def call(self, method: str, path: str, body: object = None) -> Any:
        answer = httpx.request(method, self.url + path, json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def begin(self, case: int) -> str:
        """Open a fresh conversation for the recorded case and return its id."""
        request = recorded(case)
        body = {"client_id": request.client_id, "agent": request.agent.model_dump(), "channel": "test"}
        return str(self.call("POST", "/v1/conversations", body)["id"])

    def say(self, conversation: str, role: str, text: str) -> Any:
        return self.call("POST", f"/v1/conversations/{conversation}/turns", {"role": role, "text": text})

    def replay(self, case: int, turns: int | None = None) -> str:
        """Open a conversation and say the first turns of the recorded case in it."""
        conversation = self.begin(case)
        for turn in recorded(case).turns[:turns]:
            self.call(
                "POST",
                f"/v1/conversations/{conversation}/turns",
                {"role": turn.role, "text": turn.text, "at": turn.at.isoformat() if turn.at else None},
            )
        return conversation


def recorded(number: int) -> Any:
    return next(case.request for case in recorded_cases() if case.case == number)


@pytest.fixture(scope="session")
def helpdesk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Helpdesk]:
    folder = tmp_path_factory.mktemp("browser")
    settings = Settings(
        data_dir=folder,
        log_level="ERROR",
        rate_per_minute=100_000,
        client_rate_per_minute=100_000,
        frame_ancestors=FRAMING,
    )
    copilot = assemble(settings, with_shipped_vectors)
    for client in CLIENTS:
        copilot.knowledge.import_folder(samples_folder() / client)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(copilot), log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 60
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        yield Helpdesk(f"http://127.0.0.1:{listener.getsockname()[1]}")
        server.should_exit = True
        thread.join(15)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One browser a module: Playwright's loop must not run while other tests use theirs."""
    with playwright_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield launched
        launched.close()


# What is waited for comes at once on an idle machine; on a busy one it is late, and not wrong.
playwright_api.expect.set_options(timeout=20_000)


def settled(locator: Any, quiet_ms: int = 2500, step_ms: int = 250) -> int:
    """How many elements there are once their number has stayed the same for a while."""
    count, quiet = locator.count(), 0
    for _ in range(120):
        if quiet >= quiet_ms:
            break
        locator.page.wait_for_timeout(step_ms)
        now = locator.count()
        count, quiet = now, quiet + step_ms if now == count else 0
    return int(count)


OpenPage = Callable[..., Any]


@pytest.fixture
def open_page(browser: Any, helpdesk: Helpdesk) -> Iterator[OpenPage]:
    """Open a path in a browser of its own; a script error or a foreign request fails the test."""
    contexts: list[Any] = []
    faults: list[str] = []

    def open_(path: str, **options: Any) -> Any:
        chosen = {"viewport": {"width": 400, "height": 900}, "locale": "zh-CN", **options}
        context = browser.new_context(**chosen)
        contexts.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: note_foreign(request.url, faults))
        page.goto(helpdesk.url + path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert faults == []


def note_foreign(url: str, faults: list[str]) -> None:
    if not url.startswith(("http://127.0.0.1:", "blob:", "data:")):
        faults.append(f"request to {url}")
