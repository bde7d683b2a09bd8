"""Conversations through a real model, end to end: `python -m evals.bench.model BASE_URL MODEL [--count 60]`.

Every answer is given twice, composed and worded; independent scorers (invented facts, promises above
authority, stale and foreign rules) judge both. The model's answers are kept on a tape, so that a changed
verification can be measured again without the model.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from time import monotonic

from pydantic import SecretStr

from copilot.answer import Answer
from copilot.models.connecting import Connection, connect
from copilot.models.ledger import MemoryLedger
from copilot.pipeline import Pipeline
from copilot.settings import Settings
from evals.bench.model_world import Found, as_conversation, cases_in, held_against, sample_world
from evals.cases import ConversationCase
from evals.tape import Tape

SAMPLES = Path("evals/data/samples")
_IN_A_ROW = 3


@dataclass
class Tally:
    """What was counted so far."""

    conversations: int = 0
    asked: int = 0
    worded: int = 0
    kept: int = 0
    cut: Counter[str] = field(default_factory=Counter)
    degraded: Counter[str] = field(default_factory=Counter)
    harms_worded: list[str] = field(default_factory=list)
    harms_composed: list[str] = field(default_factory=list)
    tokens_in: list[int] = field(default_factory=list)
    tokens_out: list[int] = field(default_factory=list)
    first_ms: list[float] = field(default_factory=list)
    total_ms: list[float] = field(default_factory=list)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base_url")
    parser.add_argument("model")
    parser.add_argument("--api-key", default="none")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--deadline", type=float, default=300.0)
    parser.add_argument("--skip", type=int, default=0, help="conversations that another run has measured")
    parser.add_argument("--minutes", type=float, default=120.0, help="no new conversation after that")
    parser.add_argument("--max-input", type=int, default=4000)
    parser.add_argument("--max-output", type=int, default=700)
    parser.add_argument("--home", type=Path, default=Path("copilot-data/bench-model"))
    parser.add_argument("--data", type=Path, default=SAMPLES)
    options = parser.parse_args()
    with sample_world(options.home) as pipeline:
        connection = _connected(options)
        cases = chosen(cases_in([options.data]), options.count)[options.skip :]
        tally = measure(pipeline, connection, cases, options.minutes)
        connection.close()
    print(json.dumps(summary(tally), ensure_ascii=False, indent=1))


def _connected(options: argparse.Namespace) -> Connection:
    settings = Settings(
        llm_base_url=options.base_url,
        llm_model=options.model,
        llm_api_key=SecretStr(options.api_key),
        llm_temperature=0.0,
        llm_deadline_seconds=options.deadline,
        llm_first_token_seconds=options.deadline,
        llm_max_input_tokens=options.max_input,
        llm_max_output_tokens=options.max_output,
    )
    return connect(settings, MemoryLedger(), Tape(options.home / "tape.jsonl"))


def chosen(cases: Sequence[ConversationCase], count: int) -> tuple[ConversationCase, ...]:
    """Return `count` cases that call for advice, spread over the clients, always the same ones."""
    wanted = [case for case in cases if case.kind in ("resolve", "escalate", "injection")]
    picked = random.Random(6).sample(wanted, min(count, len(wanted)))  # noqa: S311 - a sample, no secret
    by_client: dict[str, list[ConversationCase]] = {}
    for case in picked:
        by_client.setdefault(case.client, []).append(case)
    # A few of one client after the other: servers keep the common beginning of their prompts.
    rounds = range(0, count, _IN_A_ROW)
    return tuple(c for n in rounds for group in by_client.values() for c in group[n : n + _IN_A_ROW])


def measure(
    pipeline: Pipeline, connection: Connection, cases: Sequence[ConversationCase], minutes: float
) -> Tally:
    """Return what was counted over the cases that were begun in time."""
    end = monotonic() + minutes * 60
    tally = Tally()
    with_model = replace(pipeline, models=connection.models)
    for case in cases:
        if monotonic() > end:
            break
        conversation = as_conversation(case)
        composed, worded = pipeline.assist(conversation), with_model.assist(conversation)
        _count(tally, worded)
        tally.harms_composed += _told(case, held_against(case, composed, pipeline))
        tally.harms_worded += _told(case, held_against(case, worded, pipeline))
        print(json.dumps(_line(case, composed, worded), ensure_ascii=False), flush=True)
    return tally


def _told(case: ConversationCase, found: Sequence[Found]) -> list[str]:
    return [f"{case.id} {item.figure}: {item.why}" for item in found]


def _count(tally: Tally, answer: Answer) -> None:
    tally.conversations += 1
    tally.degraded.update(answer.degraded)
    tally.worded += answer.mode == "llm"
    for use in answer.usage:
        tally.asked += 1
        tally.cut.update(use.cut)
        if not use.cached:
            tally.tokens_in.append(use.tokens_in)
            tally.tokens_out.append(use.tokens_out)
            tally.first_ms += [use.first_token_ms] if use.first_token_ms is not None else []
            tally.total_ms.append(use.total_ms)


def _line(case: ConversationCase, composed: Answer, worded: Answer) -> dict[str, object]:
    return {
        "id": case.id,
        "mode": worded.mode,
        "degraded": worded.degraded,
        "usage": [
            use.model_dump(include={"tokens_in", "tokens_out", "first_token_ms", "total_ms", "cut"})
            for use in worded.usage
        ],
        "composed": [s.reply for s in composed.suggestions[:1]],
        "worded": [s.reply for s in worded.suggestions[:1]] if worded.mode == "llm" else [],
    }


def summary(tally: Tally) -> dict[str, object]:
    """Return the figures to publish."""
    series = ("tokens_in", "tokens_out", "first_ms", "total_ms")
    known = {item.name: getattr(tally, item.name) for item in fields(tally) if item.name not in series}
    return {
        **known,
        "tokens_in_median": _median(tally.tokens_in),
        "tokens_out_median": _median(tally.tokens_out),
        "first_token_ms_median": _median(tally.first_ms),
        "total_ms_median": _median(tally.total_ms),
    }


def _median(values: Sequence[float]) -> float | None:
    return round(statistics.median(values), 1) if values else None


if __name__ == "__main__":
    main()
