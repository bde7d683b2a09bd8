"""Run as a program: an evaluation that notes each case it asks about, slowly enough to be killed."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from copilot.answer import Answer
from copilot.conversation import Conversation
from copilot.request import TurnIn, Want
from evals.runner import Options, evaluate
from tests.evals.fakes import FakeProduct, empty_answer


@dataclass(frozen=True)
class SlowAssistant:
    """Notes every question in a file before it answers."""

    notes: Path

    def assist(self, conversation: Conversation, want: Sequence[Want]) -> Answer:
        with self.notes.open("a", encoding="utf-8") as file:
            file.write(conversation.turns[-1].text + "\n")
        time.sleep(0.05)
        return empty_answer(conversation.client_id)

    def search(self, client_id: str, turns: Sequence[TurnIn], limit: int) -> Sequence[str]:
        return ()


def main(root: Path) -> None:
    product = FakeProduct(SlowAssistant(root / "notes.txt"))
    evaluate([root / "sets"], root / "out", product, Options(root / "work", workers=2))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
