"""The live service under load: turns, alerts, streams.

    python -m evals.bench.live [--seconds 10] [--rate 50] [--streams 1000] [--texts fresh|recorded]

Starts a server of its own on a sample client and measures from the caller's side: POST turn (sent →
answered), alert (turn sent → event read by an open stream), push to many streams (turn sent → event read by
each), and
whether any event is missing. `fresh` texts are embedded for the first time, `recorded` ones have their vector
already. The measuring process takes its share of the same cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from api.app import create_app
from copilot.assembly import assemble
from copilot.demo.samples import recorded_cases, sample_clients
from copilot.demo.vectors import with_shipped_vectors
from copilot.settings import Settings

PORT = 8941
CLIENT = "xiancai"
DANGER = "骑手刚才打我一巴掌，现在堵在我家门口不走"
_EVERY = 10  # every tenth turn tells of a danger


@dataclass
class Stream:
    """One open stream: when each event was read, by its number."""

    conversation: str
    read: dict[int, tuple[str, float]] = field(default_factory=dict)

    async def follow(self) -> None:
        """Read until the stream ends."""
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
        path = f"/v1/conversations/{self.conversation}/events"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\n\r\n".encode())
        number, kind = 0, ""
        while line := await reader.readline():
            if line.startswith(b"id: "):
                number = int(line[4:])
            elif line.startswith(b"event: "):
                kind = line[7:].decode().strip()
            elif line.startswith(b"data: ") and number:
                self.read[number] = (kind, time.perf_counter())
        writer.close()


class Caller:
    """One connection that stays open."""

    def __init__(self) -> None:
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: dict[str, object]) -> dict[str, object]:
        """Return the answer to one call."""
        if self._ends is None:
            self._ends = await asyncio.open_connection("127.0.0.1", PORT)
        reader, writer = self._ends
        raw = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(raw)}\r\n\r\n"
        )
        writer.write(head.encode() + raw)
        length = 0
        status = (await reader.readline()).split()[1]
        while (line := await reader.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        answer: dict[str, object] = json.loads(await reader.readexactly(length))
        assert status in {b"200", b"201"}, answer
        return answer


def percentiles(seconds: Sequence[float]) -> str:
    """Return p50, p95, p99 and the largest, in milliseconds."""
    if not seconds:
        return "none"
    ordered = sorted(seconds)
    picked = (ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.95, 0.99, 1))
    names = ("p50", "p95", "p99", "max")
    return f"n={len(ordered)} " + " ".join(
        f"{name}={value * 1000:.0f}ms" for name, value in zip(names, picked, strict=True)
    )


def texts(kind: str, number: int) -> list[str]:
    """Return so many customer messages; fresh ones were never embedded before."""
    said = [turn.text for case in recorded_cases() for turn in case.request.turns if turn.role == "customer"]
    chosen = [said[index % len(said)] for index in range(number)]
    return [f"{text}（{index}）" for index, text in enumerate(chosen)] if kind == "fresh" else chosen


async def open_conversations(number: int) -> list[str]:
    caller = Caller()
    return [str((await caller.post("/v1/conversations", {"client_id": CLIENT}))["id"]) for _ in range(number)]


async def measure_turns(seconds: float, rate: float, kind: str) -> None:
    """Post turns at a fixed rate, whether or not the earlier ones were answered."""
    total = int(seconds * rate)
    words = texts(kind, total)
    ids = await open_conversations(total // 4 + 1)  # a conversation has four turns here
    streams = {name: Stream(name) for name in ids}
    followers = [asyncio.create_task(stream.follow()) for stream in streams.values()]
    await asyncio.sleep(1)
    callers = [Caller() for _ in range(64)]
    free: asyncio.Queue[Caller] = asyncio.Queue()
    for caller in callers:
        free.put_nowait(caller)
    took: list[float] = []
    alerts: list[tuple[str, float]] = []

    async def one(index: int) -> None:
        started = time.perf_counter()  # waiting for a free connection counts
        caller = await free.get()
        name = ids[index // 4]
        danger = index % _EVERY == 0
        text = DANGER if danger else words[index]
        answer = await caller.post(f"/v1/conversations/{name}/turns", {"role": "customer", "text": text})
        took.append(time.perf_counter() - started)
        free.put_nowait(caller)
        if danger and answer["alerts"]:
            alerts.append((name, started))

    begin = time.perf_counter()
    jobs = []
    for index in range(total):
        await asyncio.sleep(max(0.0, begin + index / rate - time.perf_counter()))
        jobs.append(asyncio.create_task(one(index)))
    await asyncio.gather(*jobs)
    await asyncio.sleep(2)
    visible = []
    for name, started in alerts:
        read = [at for what, at in streams[name].read.values() if what == "alert" and at >= started]
        visible += [min(read) - started] if read else []
    print(f"POST turn at {rate:.0f}/s, {kind} texts: {percentiles(took)}")
    print(f"alert visible in a stream: {percentiles(visible)}")
    for task in followers:
        task.cancel()


async def measure_streams(number: int) -> None:
    """Open many streams, ten on each conversation, and post turns beside them."""
    ids = await open_conversations(max(1, number // 10))
    streams = [Stream(ids[index % len(ids)]) for index in range(number)]
    followers = [asyncio.create_task(stream.follow()) for stream in streams]
    await asyncio.sleep(max(5, number / 50))  # opening so many takes its time
    caller = Caller()
    started: dict[str, float] = {}
    for name in ids:
        started[name] = time.perf_counter()
        await caller.post(f"/v1/conversations/{name}/turns", {"role": "agent", "text": "好的，您稍等"})
        await asyncio.sleep(0.05)
    await asyncio.sleep(3)
    pushed = [stream.read[1][1] - started[stream.conversation] for stream in streams if 1 in stream.read]
    most = {name: max(max(s.read, default=0) for s in streams if s.conversation == name) for name in ids}
    missing = sum(
        number not in stream.read for stream in streams for number in range(1, most[stream.conversation] + 1)
    )
    print(
        f"push to {number} open streams (turn sent → read): {percentiles(pushed)}, events missing: {missing}"
    )
    for task in followers:
        task.cancel()


def serve(folder: Path) -> None:
    """Serve the sample client from `folder`; its articles' vectors are shipped."""
    settings = Settings(
        data_dir=folder,
        threads=1,
        log_level="ERROR",
        rate_per_minute=10_000_000,
        client_rate_per_minute=10_000_000,
    )
    copilot = assemble(settings, with_shipped_vectors)
    for path in sample_clients():
        if path.name == CLIENT:
            copilot.knowledge.import_folder(path)
    uvicorn.run(create_app(copilot), host="127.0.0.1", port=PORT, log_config=None, access_log=False)


async def ready(patience: float = 120) -> None:
    for _ in range(int(patience * 4)):
        try:
            await asyncio.open_connection("127.0.0.1", PORT)
        except ConnectionRefusedError:
            await asyncio.sleep(0.25)
        else:
            return
    raise TimeoutError("the server did not start")


async def warm(patience: float = 60) -> None:
    """Post turns until three in a row are fast: by then the models are loaded."""
    caller, fast, end = Caller(), 0, time.perf_counter() + patience
    (name,) = await open_conversations(1)
    while fast < 3 and time.perf_counter() < end:
        started = time.perf_counter()
        await caller.post(f"/v1/conversations/{name}/turns", {"role": "customer", "text": f"在吗{started}"})
        fast = fast + 1 if time.perf_counter() - started < 0.3 else 0
        await asyncio.sleep(0.5)


async def measure(options: argparse.Namespace) -> None:
    await ready()
    await warm()
    print(f"load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    await measure_turns(options.seconds, options.rate, options.texts)
    await measure_streams(options.streams)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--texts", choices=("fresh", "recorded"), default="fresh")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        serve(options.serve)
        return
    with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder:
        command = [sys.executable, "-m", "evals.bench.live", "--serve", folder]
        server = subprocess.Popen(command)  # noqa: S603 - ourselves
        try:
            asyncio.run(measure(options))
        finally:
            server.terminate()
            server.wait(15)


if __name__ == "__main__":
    main()
