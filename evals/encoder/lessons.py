"""What the encoder is taught: which turns are dangers; and what is to stay where it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from copilot.request import AssistRequest
from copilot.retrieval import request_text, system_text
from evals.bench.fitting import clients_of, lines
from evals.emergency.data import BATCHES
from evals.emergency.train import label_of, teaching_cases, weight_of
from knowledge.importing import texts_of
from knowledge.reading.folder import read_folder

_DATA = BATCHES.parent
# Folders of service conversations: what search reads of them is to stay where it was.
FOLDERS = tuple(
    _DATA / name for name in ("samples", "dev_one", "dev_two", "dev_three", "dev_four", "dev_five", "dev_six")
)
# Those that came after the encoder of turns was taught.
LATER = tuple(_DATA / name for name in ("dev_eight", "dev_nine", "dev_ten"))
# Requests with the words of the rule that decides, to companies that exist for this alone.
ASKED = _DATA / "dev_requests"
# Short single requests, to clients of all of them.
SHORT = _DATA / "dev"
# A text of search that moves costs so much more than a turn that does: it has nothing to learn.
STAY = 3.0


@dataclass(frozen=True, slots=True)
class Lesson:
    """A text that asks, or that may answer, and what it teaches.

    `level`: 0 none, 1 urgent, 2 emergency, of which `category`. `weight`: how much that counts, 0 where it is
    not known. `stay`: how much it costs when its vector moves.
    """

    text: str
    asks: bool
    level: int
    category: str
    weight: float
    stay: float


def dangers() -> tuple[Lesson, ...]:
    """Return every customer's text of the training batches once, as the most serious of its turns."""
    found: dict[str, Lesson] = {}
    for case in teaching_cases():
        for index, turn in enumerate(case.turns):
            level = label_of(case, index) if turn.role == "customer" else None
            if level is not None and (turn.text not in found or level > found[turn.text].level):
                found[turn.text] = Lesson(turn.text, True, level, case.category, weight_of(case), 1.0)
    return tuple(found.values())


def searched() -> tuple[Lesson, ...]:
    """Return every second text that search runs over, and the requests, of the development clients."""
    entries = [
        text for folder in FOLDERS for client in clients_of(folder) for text in texts_of(read_folder(client))
    ][::2]
    asked = [text for folder in FOLDERS for text in _asked(folder)]
    kept = [(text, False) for text in dict.fromkeys(entries)] + [
        (text, True) for text in dict.fromkeys(asked)
    ]
    return tuple(Lesson(text, asks, 0, "none", 0.0, STAY) for text, asks in kept)


def _asked(folder: Path) -> Iterator[str]:
    for line in lines(folder, "conversations*.jsonl"):
        request = {"client_id": line["client"], "turns": line["turns"], "now": line.get("now")}
        talk = AssistRequest.model_validate({**request, "agent": {"tier": "L1"}}).conversation()
        yield from (text for text in (request_text(talk), system_text(talk)) if text)
