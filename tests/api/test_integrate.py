"""The examples of docs/integrate.md, run as they stand against a real service."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from api.app import create_app
from copilot.access.keys import Keys
from copilot.assembly import assemble
from copilot.demo.samples import samples_folder
from copilot.demo.vectors import with_shipped_vectors
from copilot.settings import Settings

DOCUMENT = Path(__file__).parents[2] / "docs" / "integrate.md"


def example(language: str, containing: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    return next(block for block in blocks if containing in block)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("integrate"), log_level="ERROR")
    copilot = assemble(settings, with_shipped_vectors)
    copilot.knowledge.import_folder(samples_folder() / "xiancai")
    key = Keys(copilot.engine).create("desk", "integrator", ["xiancai"]).text
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(copilot), log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 60
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        yield {**os.environ, "URL": f"http://127.0.0.1:{listener.getsockname()[1]}", "KEY": key}
        server.should_exit = True
        thread.join(15)


def run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(  # noqa: S603 - the document's own example
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_python_example_prints_what_to_say(environment):
    code = example("python", "httpx.Client")
    assert len([line for line in code.splitlines() if line.strip()]) <= 25
    assert len(run([sys.executable, "-c", code], environment)) > 20


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
def test_the_curl_example_shows_the_turn_and_what_follows(environment):
    told = run(["bash", "-c", example("sh", 'external_id": "desk-4712')], environment)
    assert '"facts":[' in told
    assert "event: suggestion" in told  # begun at least, on a busy machine


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
def test_one_call_takes_a_message_of_a_home_made_helpdesk(environment):
    answer = json.loads(run(["bash", "-c", example("sh", "integrations/webhook")], environment))
    assert answer["turn"]["index"] == 0
    assert answer["conversation_id"]
