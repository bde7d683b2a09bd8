"""The live service under load: turns, alerts, streams.

    python -m evals.bench.live [--seconds 10] [--rate 50] [--streams 1000]

Starts a server process as `copilot serve` does, on a sample client, replays the recorded conversations
(customer, agent and system turns; every customer's text is new to the embedder; thirty conversations go on
side by side; in every third something dangerous happens) and measures from the caller's side: POST turn (sent
→ answered), alert (turn sent → event read by an open stream), push to many streams (turn sent → event read by
each), whether any event is missing, and which threads and processes of the server used the processor. The
measuring process takes its share of the same cores. Measuring begins after a hundred turns, and those when
the processes beside the server have loaded.
`--dead-model`: a model is configured, and nobody answers at its address.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from api.commands.serve import run
from copilot.assembly import assemble
from copilot.demo.samples import recorded_cases, sample_clients
from copilot.demo.vectors import with_shipped_vectors
from copilot.settings import Settings

PORT = 8941
CLIENT = "xiancai"
DANGER = "骑手刚才打我一巴掌，现在堵在我家门口不走"
_NAMES = "COPILOT_BENCH_THREADS"
_BESIDE = {"knowledge.apart": "embedding process", "copilot.live.beside": "suggesting process", "": "other"}
_EVERY = 3  # in every third conversation something dangerous happens


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


@dataclass(frozen=True)
class Talk:
    """A recorded conversation as it is replayed, with words that nobody has embedded yet."""

    turns: tuple[dict[str, object], ...]


def talks(number: int, danger: bool, run: str = "") -> list[Talk]:
    """Return so many conversations: the recorded ones, told apart by a number in each customer's turn."""
    recorded = [case.request.turns for case in recorded_cases()]
    found = []
    for index in range(number):
        turns: list[dict[str, object]] = [
            {
                "role": turn.role,
                "text": f"{turn.text}（{run}{index}）" if turn.role == "customer" else turn.text,
            }
            for turn in recorded[index % len(recorded)]
        ]
        if danger and index % _EVERY == 0:
            turns.insert(len(turns) // 2, {"role": "customer", "text": f"{DANGER}（{run}{index}）"})
        found.append(Talk(tuple(turns)))
    return found


async def open_conversations(number: int) -> list[str]:
    caller = Caller()
    return [str((await caller.post("/v1/conversations", {"client_id": CLIENT}))["id"]) for _ in range(number)]


async def measure_turns(seconds: float, rate: float, pid: int) -> None:
    """Replay conversations at a fixed rate of turns, whether or not the earlier ones were answered."""
    total = int(seconds * rate)
    told = talks(total // 4 + 1, danger=True)
    ids = await open_conversations(len(told))
    streams = {name: Stream(name) for name in ids}
    followers = [asyncio.create_task(stream.follow()) for stream in streams.values()]
    await asyncio.sleep(1 + len(ids) / 100)
    free: asyncio.Queue[Caller] = asyncio.Queue()
    for _ in range(64):
        free.put_nowait(Caller())
    took: list[float] = []
    dangers: list[tuple[str, float]] = []
    pending = 0

    async def one(name: str, turn: dict[str, object]) -> None:
        nonlocal pending
        started = time.perf_counter()  # waiting for a free connection counts
        if str(turn["text"]).startswith(DANGER):
            dangers.append((name, started))
        caller = await free.get()
        answer = await caller.post(f"/v1/conversations/{name}/turns", turn)
        took.append(time.perf_counter() - started)
        pending += bool(answer["pending"])
        free.put_nowait(caller)

    before, own, begin = processor(pid), time.process_time(), time.perf_counter()
    jobs = []
    for index, (name, turn) in enumerate(interleaved(ids, told)[:total]):
        await asyncio.sleep(max(0.0, begin + index / rate - time.perf_counter()))
        jobs.append(asyncio.create_task(one(name, turn)))
    await asyncio.gather(*jobs)
    used, own = spent(before, processor(pid)), time.process_time() - own
    span = time.perf_counter() - begin
    await asyncio.sleep(3)
    visible = []
    for name, started in dangers:
        read = [at for what, at in streams[name].read.values() if what == "alert"]
        visible += [max(0.0, min(read) - started)] if read else []
    print(f"POST turn at {rate:.0f}/s: {percentiles(took)}, classifier late: {pending} of {len(took)}")
    print(f"alert visible in a stream: {percentiles(visible)}, missing: {len(dangers) - len(visible)}")
    whole = sum(used.values())
    print(
        f"processor time of the server: {whole / len(took) * 1000:.1f} ms a turn, background included; "
        f"of the measuring process: {own / len(took) * 1000:.1f} ms"
    )
    parts = ", ".join(f"{name} {seconds:.2f}" for name, seconds in used.items() if seconds >= 0.02)
    print(f"  in {span:.1f} s, in seconds: {parts}")
    for task in followers:
        task.cancel()


def interleaved(ids: Sequence[str], told: Sequence[Talk]) -> list[tuple[str, dict[str, object]]]:
    """Return the turns of many conversations at once: thirty of them go on side by side."""
    order: list[tuple[str, dict[str, object]]] = []
    for start in range(0, len(ids), 30):
        group = list(zip(ids[start : start + 30], told[start : start + 30], strict=True))
        longest = max(len(talk.turns) for _, talk in group)
        order += [
            (name, talk.turns[place]) for place in range(longest) for name, talk in group
            if place < len(talk.turns)
        ]  # fmt: skip
    return order


def processor(pid: int) -> dict[str, float]:
    """Return the processor time used so far by each kind of thread and each process beside (Linux)."""
    names = {task.name: "other threads" for task in Path(f"/proc/{pid}/task").iterdir()}
    with contextlib.suppress(OSError, ValueError):
        names |= json.loads(Path(os.environ[_NAMES]).read_text())
    used: defaultdict[str, float] = defaultdict(float)
    for thread, name in names.items():
        used[name.rstrip("0123456789-_")] += _seconds(f"{pid}/task/{thread}")
    return dict(used) | beside(pid)


def beside(pid: int) -> dict[str, float]:
    """Return the processor time used so far by each process beside the server (Linux)."""
    used: defaultdict[str, float] = defaultdict(float)
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # it has ended
            for child in (task / "children").read_text().split():
                module = next(name for name in _BESIDE if name in Path(f"/proc/{child}/cmdline").read_text())
                used[_BESIDE[module]] += _seconds(child)
    return dict(used)


def _seconds(task: str) -> float:
    try:
        fields = Path(f"/proc/{task}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spent(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Return what was used in between, the most first."""
    used = {name: seconds - before.get(name, 0.0) for name, seconds in after.items()}
    return dict(sorted(used.items(), key=lambda item: -item[1]))


def note_names() -> None:
    """Write down which thread has which name, twice a second: the system does not know our names."""
    path = Path(os.environ[_NAMES])
    while True:
        names = {str(thread.native_id): thread.name for thread in threading.enumerate()}
        path.with_suffix(".new").write_text(json.dumps(names))
        path.with_suffix(".new").replace(path)
        time.sleep(0.5)


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


def prepare(settings: Settings) -> None:
    """Import the sample client; its articles' vectors are shipped."""
    copilot = assemble(settings, with_shipped_vectors)
    for path in sample_clients():
        if path.name == CLIENT:
            copilot.knowledge.import_folder(path)
    copilot.close()


def serve() -> None:
    """Serve as a process of `copilot serve` does, from the environment."""
    threading.Thread(target=note_names, name="names", daemon=True).start()
    run("127.0.0.1", PORT, workers=1, data_dir=None)


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


async def loaded(pid: int, patience: float = 60) -> None:
    """Wait until the processes beside the server rest: by then they have loaded."""
    end = time.perf_counter() + patience
    while time.perf_counter() < end:
        before = sum(beside(pid).values())
        await asyncio.sleep(2)
        if sum(beside(pid).values()) - before < 0.1:
            return


async def begin(turns: int) -> None:
    """Replay some turns, ten a second: code that runs for the first time loads patterns and statements."""
    told = talks(turns // 4 + 1, danger=True, run="a")
    ids, caller = await open_conversations(len(told)), Caller()
    for name, turn in interleaved(ids, told)[:turns]:
        await caller.post(f"/v1/conversations/{name}/turns", turn)
        await asyncio.sleep(0.1)


async def measure(options: argparse.Namespace, pid: int) -> None:
    await ready()
    await warm()
    await loaded(pid)
    await begin(options.first)
    print(f"load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    await measure_turns(options.seconds, options.rate, pid)
    await measure_streams(options.streams)
    print(f"load average after: {os.getloadavg()[0]:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--first", type=int, default=100, help="turns that are replayed before measuring")
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--dead-model", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder:
        os.environ |= {
            "COPILOT_DATA_DIR": folder,
            "COPILOT_LOG_LEVEL": "ERROR",
            "COPILOT_RATE_PER_MINUTE": "10000000",
            "COPILOT_CLIENT_RATE_PER_MINUTE": "10000000",
            _NAMES: f"{folder}/threads.json",
        }
        if options.dead_model:
            os.environ |= {"COPILOT_LLM_BASE_URL": "http://127.0.0.1:9/v1", "COPILOT_LLM_MODEL": "dead"}
        prepare(Settings())
        gc.collect()
        gc.disable()  # a round through what `prepare` loaded holds the measuring up for a tenth of a second
        server = subprocess.Popen([sys.executable, "-m", "evals.bench.live", "--serve"])
        try:
            asyncio.run(measure(options, server.pid))
        finally:
            server.terminate()
            server.wait(15)


if __name__ == "__main__":
    main()
