"""What our service adds before the first token: `python -m evals.bench.model_overhead [--articles 1000]`.

A server on loopback answers after a fixed time with a whole sentence in its first piece. Measured are the
bare call (the same request through the same client) and the whole `assist` up to its first verified sentence,
by turns, each conversation new to every cache. `known` is a conversation whose turns were embedded before, as
they are in the live service, where each turn is embedded when it comes in.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from time import perf_counter, process_time

from copilot.conversation import Conversation
from copilot.models.chat import ChatModel, ChatRequest, Part, Watch
from copilot.models.connecting import connect
from copilot.models.ledger import MemoryLedger
from copilot.models.purposes import Models
from copilot.models.speaker import Speaker
from copilot.pipeline import Pipeline
from copilot.settings import Settings
from copilot.store.migrating import open_schema
from evals.bench.assist import RandomPassages
from evals.bench.model import SAMPLES
from evals.bench.model_world import as_conversation, cases_in
from evals.worlds import sample_clients
from knowledge.base import KnowledgeBase
from knowledge.embedding import Vectors
from knowledge.store.engine import open_engine

_FIRST_TOKEN_SECONDS = 0.05
_CLIENT = "xiancai"
_FILLER = "库区盘点"
_WARM_UP = 3


class _Handler(BaseHTTPRequestHandler):
    """Says the first conclusion again, after a while."""

    def do_POST(self) -> None:
        """Answer."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(_FIRST_TOKEN_SECONDS)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        lines = body["messages"][-1]["content"].split("\n")
        said = [line for line in lines if line[:1] == "D" and line[1:2].isdigit()]
        for line in said:
            mark, text = line.split(" ", 1)
            self._say(json.dumps({"text": text, "cites": [mark]}, ensure_ascii=False))
        self.wfile.write(b"data: [DONE]\n\n")

    def _say(self, text: str) -> None:
        delta = {"role": "assistant", "content": text}
        event = {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "bench",
            "choices": [{"index": 0, "delta": delta, "finish_reason": None}],
        }
        self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def _server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()


@dataclass
class Listening:
    """Passes a request on and keeps it, so that the bare call can send the very same."""

    inner: ChatModel
    last: ChatRequest | None = None

    @property
    def name(self) -> str:
        """The model's name."""
        return self.inner.name

    def stream(self, request: ChatRequest, watch: Watch) -> Iterator[Part]:
        """Yield what the model says."""
        self.last = request
        return self.inner.stream(request, watch)


class KnownPassages(RandomPassages):
    """Real vectors for the sample client's own passages, random ones for what fills up."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors."""
        rows = super().passages(texts)
        own = [n for n, text in enumerate(texts) if _FILLER not in text]
        if own:
            rows[own] = self._real.passages([texts[n] for n in own])
        return rows


def _filled(home: Path, articles: int) -> Path:
    """The sample client's folder with as many more articles as are missing."""
    source = sample_clients()[_CLIENT]
    folder = home / _CLIENT
    shutil.copytree(source, folder)
    have = len(list((folder / "articles").iterdir()))
    for n in range(articles - have):
        lines = "".join(
            f"{i}. {_FILLER}{n}批次{i}号货架，每{i * 3}小时盘点，缺口{n % 50 + i}箱以内由仓管补。\n"
            for i in range(1, 6)
        )
        text = f"---\nid: F-{n}\ntitle: 盘点{n}\n---\n# 盘点{n}\n\n{lines}"
        (folder / "articles" / f"F-{n}.md").write_text(text, encoding="utf-8")
    return folder


def main() -> None:
    """Print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--conversations", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, _server() as base_url:
        engine = open_engine(f"sqlite:///{home}/bench.sqlite3")
        open_schema(engine)
        knowledge = KnowledgeBase(engine, KnownPassages(), Path(home) / "index")
        knowledge.import_folder(_filled(Path(home), options.articles))
        connection = connect(Settings(llm_base_url=base_url, llm_model="bench"), MemoryLedger())
        figures = _measure(knowledge, connection.models, options.conversations)
        print(json.dumps({"articles": len(knowledge.client(_CLIENT).articles), **figures}))
        connection.close()
        engine.dispose()


@dataclass(frozen=True, slots=True)
class Spent:
    """Milliseconds until the first words: by the clock, and of this process's processor time."""

    clock: float
    processor: float

    def beyond(self, other: Spent) -> Spent:
        """Return what this took more."""
        return Spent(self.clock - other.clock, self.processor - other.processor)


class _Stopwatch:
    """Runs from its making to the first `stop`."""

    def __init__(self) -> None:
        self._clock, self._processor = perf_counter(), process_time()
        self.spent: Spent | None = None

    def stop(self) -> None:
        """Keep what was spent; later calls change nothing."""
        if self.spent is None:
            clock, processor = perf_counter() - self._clock, process_time() - self._processor
            self.spent = Spent(clock * 1000, processor * 1000)


def _measure(knowledge: KnowledgeBase, models: Models, conversations: int) -> dict[str, float]:
    assert models.suggestion is not None
    model = Listening(models.suggestion.model)
    speaker = Speaker(model, MemoryLedger())
    pipeline = Pipeline(knowledge, Models(suggestion=speaker))
    bare, fresh, known = list[Spent](), list[Spent](), list[Spent]()
    for n, conversation in enumerate(_conversations(conversations + _WARM_UP)):
        new, again = _first_delta(pipeline, conversation), _first_delta(pipeline, conversation)
        if new is None or again is None or model.last is None:
            continue  # the knowledge did not answer: nobody called the model
        plain = _first_piece(speaker, model.last)
        if n >= _WARM_UP:  # the first ones load dictionaries
            fresh.append(new.beyond(plain))
            known.append(again.beyond(plain))
            bare.append(plain)
    clock = [spent.clock for spent in known]
    return {
        "n": float(len(bare)),
        "bare_ms": round(statistics.median(spent.clock for spent in bare), 1),
        "known_ms": round(statistics.median(clock), 1),
        "known_p95_ms": round(statistics.quantiles(clock, n=20)[-1], 1),
        "known_processor_ms": round(statistics.median(spent.processor for spent in known), 1),
        "fresh_ms": round(statistics.median(spent.clock for spent in fresh), 1),
        "fresh_processor_ms": round(statistics.median(spent.processor for spent in fresh), 1),
    }


def _conversations(count: int) -> Iterator[Conversation]:
    """Recorded conversations, each with an order number that no cache has seen."""
    cases = [c for c in cases_in([SAMPLES]) if c.client == _CLIENT and c.kind in ("resolve", "escalate")]
    for n, case in zip(range(count), cycle(cases), strict=False):
        asked = as_conversation(case)
        turns = tuple(replace(t, text=f"{t.text} 单号{n}88{t.index}") for t in asked.turns)
        yield replace(asked, turns=turns)


def _first_delta(pipeline: Pipeline, conversation: Conversation) -> Spent | None:
    """What passed until the first verified sentence; None where there was none."""
    watch = _Stopwatch()
    pipeline.assist(conversation, on_delta=lambda _: watch.stop())
    return watch.spent


def _first_piece(speaker: Speaker, request: ChatRequest) -> Spent:
    watch = _Stopwatch()
    for _ in speaker.ask(request):
        watch.stop()
    assert watch.spent is not None
    return watch.spent


if __name__ == "__main__":
    main()
