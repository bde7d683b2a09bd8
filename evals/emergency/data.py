"""Cases for training and measuring: the committed batches, and what lies beside the project when present."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import yaml

Level = Literal["emergency", "urgent", "none"]
Labels = Literal[0, 1, 2]  # none, urgent, emergency
BATCHES = Path(__file__).parent.parent / "data" / "emergency"
SHARED = Path(__file__).parent.parent.parent.parent / "shared" / "data"
TEST_BATCH = "batch_f"
# Written apart for final measurements: never taught, never tuned on.
HELD_OUT = ("batch_x_second", "batch_y_blind")
_CLOSED = ("batch_x_second", "batch_y")  # beginnings of file names that training never opens
LEARNED_LATE = "batch_x_blind"  # by the writer of the first held-out file; measured first, then taught
# Folders of ordinary service conversations.
SERVICE_TALK = ("samples", "dev_one", "dev_two", "dev_three", "dev_four")
# First messages to fourteen companies; nothing of them is taught.
REQUESTS = "dev_requests"
_PRESSING = frozenset({"P0", "P1"})  # priorities of conversations that may hold a danger
_HARD = range(101, 161)  # rows of a held-out file that are harmless look-alikes
_ORDINARY_ROWS = 450  # from each public set, so that no register outweighs the written texts


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message of a case."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled conversation. `first` is the turn at which a careful human raises the alert."""

    id: str
    batch: str
    scenario: str
    lang: str
    turns: tuple[Utterance, ...]
    level: Level
    category: str
    services: tuple[str, ...] = ()
    first: int | None = None
    implicit: bool = False

    @property
    def customer_texts(self) -> tuple[str, ...]:
        """What the customer says, in order."""
        return tuple(turn.text for turn in self.turns if turn.role == "customer")


def rows(path: Path) -> Iterator[Mapping[str, Any]]:
    """The objects of a JSON Lines file."""
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def case_of(row: Mapping[str, Any], batch: str) -> Case:
    """A case from a row of `emergency*.jsonl`, or a harmless one from any row with turns or text."""
    turns = row.get("turns") or [{"role": "customer", "text": row["text"]}]
    return Case(
        id=str(row["id"]),
        batch=str(row.get("batch", batch)),
        scenario=str(row.get("scenario", row["id"])),
        lang=str(row.get("lang", "")),
        turns=tuple(Utterance(turn["role"], turn["text"]) for turn in turns),
        level=row.get("level", "none"),
        category=str(row.get("category", "none")),
        services=tuple(row.get("services", ())),
        first=row.get("first_alert_turn"),
        implicit=bool(row.get("implicit", False)),
    )


def written(folder: Path = BATCHES) -> tuple[Case, ...]:
    """The committed batches, the test split included, the held-out ones left closed."""
    paths = (path for path in sorted(folder.glob("batch_*.jsonl")) if not path.stem.startswith(_CLOSED))
    return tuple(case_of(row, path.stem) for path in paths for row in rows(path))


def held_out(name: str, folder: Path = BATCHES) -> dict[str, tuple[Case, ...]]:
    """The cases of a held-out file by what they measure; for totals only, their texts stay unread.

    Empty where the file is missing.
    """
    path = folder / f"{name}.jsonl"
    if not path.exists():
        return {}
    cases = tuple(case_of(row, name) for row in rows(path))
    danger = tuple(case for case in cases if case.level != "none")
    hard = tuple(c for c in cases if c.level == "none" and int(c.id.rpartition("-")[2]) in _HARD)
    plain = tuple(case for case in cases if case not in danger and case not in hard)
    return {"hard negatives": danger + hard, "ordinary": danger + plain}


def service_talk(data: Path = BATCHES.parent) -> tuple[Case, ...]:
    """The ordinary conversations of the development clients: those below P1 hold no danger."""
    paths = [path for name in SERVICE_TALK for path in sorted((data / name).glob("conversations_*.jsonl"))]
    return tuple(
        case_of({**row, "id": f"{path.parent.name}-{row['id']}"}, path.parent.name)
        for path in paths
        for row in rows(path)
        if row.get("priority") not in _PRESSING
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """Which requests tell of a danger (level, category, message that first tells it), which are unsure."""

    dangers: Mapping[str, tuple[Level, str, int]]
    unsure: frozenset[str]

    def of(self, case: Case) -> Case | None:
        """The case with its label, harmless if nobody named it; None where nobody could decide."""
        if case.id in self.unsure:
            return None
        if case.id not in self.dangers:
            return case
        level, category, message = self.dangers[case.id]
        said = [index for index, turn in enumerate(case.turns) if turn.role == "customer"]
        return replace(case, level=level, category=category, first=said[message])


def judged(path: Path = BATCHES / "requests.yaml") -> Judged:
    """Read what stands in requests.yaml."""
    given = yaml.safe_load(path.read_text(encoding="utf-8"))
    dangers: dict[str, tuple[Level, str, int]] = {}
    levels: tuple[Level, ...] = ("emergency", "urgent")
    for level in levels:
        for category, names in given[level].items():
            for name, _, message in (name.partition("@") for name in names):
                dangers[name] = (level, category, int(message or 0))
    return Judged(dangers, frozenset(given["unsure"]))


def requests(data: Path = BATCHES.parent) -> tuple[Case, ...]:
    """First messages of strangers to companies of fourteen trades, with a few dangers among them."""
    labels = judged()
    paths = sorted((data / REQUESTS).glob("answerable_*.jsonl"))
    plain = (
        case_of({"id": row["id"], "turns": row["turns"], "lang": row.get("lang", "")}, REQUESTS)
        for path in paths
        for row in rows(path)
    )
    return tuple(case for case in map(labels.of, plain) if case is not None)


def development(shared: Path = SHARED) -> tuple[Case, ...]:
    """The project's development emergencies, batch by batch; empty where the folder is missing."""
    path = shared / "emergency_dev.jsonl"
    return tuple(case_of(row, f"dev-{str(row['id'])[:2]}") for row in rows(path)) if path.exists() else ()


def ordinary(shared: Path = SHARED) -> tuple[Case, ...]:
    """Harmless service talk of public sets under permissive licences; empty where the folder is missing.

    STAR (MIT, without its distressed space ship), DSTC10 (Apache-2.0), banking77 (CC BY 4.0).
    """
    found: list[Case] = []
    for name in ("star_queries", "dstc10_queries"):
        if not (shared / f"{name}.jsonl").exists():
            continue
        kept = [row for row in rows(shared / f"{name}.jsonl") if "spaceship" not in str(row.get("relevant"))]
        random.Random(0).shuffle(kept)  # noqa: S311 - a fixed sample, no secret
        found += [case_of(row, name) for row in kept[:_ORDINARY_ROWS]]
    injection = shared / "injection.jsonl"
    if injection.exists():
        found += [case_of(row, "banking77") for row in rows(injection) if row["source"] == "banking77"]
    return tuple(found)


def texts_of(cases: Sequence[Case]) -> tuple[str, ...]:
    """Every customer text once, in order."""
    return tuple(dict.fromkeys(text for case in cases for text in case.customer_texts))
