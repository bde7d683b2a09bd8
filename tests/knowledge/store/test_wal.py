"""Writers wait for the disk together, and the log is merged beside them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from knowledge.store.engine import open_engine, reading, writing, writing_little
from knowledge.store.wal import Disk, Merger

PATIENCE = 30


class SlowDisk:
    """Each wait for it lasts until somebody lets it end."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)
        self.count = 0

    def __call__(self, number: int) -> None:
        self.count += 1
        self.begun.release()
        assert self.may_end.acquire(timeout=PATIENCE)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "x.sqlite3-wal"
    path.write_bytes(b"frames")
    return path


def joined(disk: Disk) -> int:
    following = disk._next
    return 0 if following is None else following.members


def test_who_writes_while_the_disk_is_busy_shares_the_next_round(log: Path) -> None:
    slow = SlowDisk()
    disk = Disk(log, slow)
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(disk.settle)
        assert slow.begun.acquire(timeout=PATIENCE)
        others = [pool.submit(disk.settle) for _ in range(5)]
        while joined(disk) < 5:
            threading.Event().wait(0.002)
        slow.may_end.release()
        first.result(PATIENCE)
        assert not any(other.done() for other in others)
        slow.may_end.release()
        for other in others:
            other.result(PATIENCE)
    assert slow.count == 2


def test_a_disk_that_fails_is_an_error_and_the_next_round_counts_for_itself(log: Path) -> None:
    answers = iter([OSError(5, "input/output error"), None])

    def sync(number: int) -> None:
        answer = next(answers)
        if answer is not None:
            raise answer

    disk = Disk(log, sync)
    with pytest.raises(OSError, match="input/output"):
        disk.settle()
    disk.settle()


def test_without_a_log_there_is_nothing_to_wait_for(tmp_path: Path) -> None:
    Disk(tmp_path / "none-wal").settle()


@pytest.fixture
def engine(tmp_path: Path):
    engine = open_engine(f"sqlite:///{tmp_path / 'merged.sqlite3'}")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE said (word TEXT)"))
    yield engine
    engine.dispose()


def say(engine, word: str) -> None:
    with writing_little(engine) as connection:
        connection.execute(text("INSERT INTO said VALUES (:word)"), {"word": word})


def merged(engine, every: int) -> Merger:
    """Return a merger whose looks are at the engine's log, after as many writes as it waits for."""
    merger = Merger(engine.raw_connection, every)
    for number in range(every):
        say(engine, "x" * 9_000 + str(number))
        merger.note_write()
    assert merger._running.acquire(timeout=PATIENCE)  # held from the last write until it is done
    merger._running.release()
    return merger


def test_after_some_writes_the_log_begins_anew(engine, tmp_path: Path) -> None:
    merged(engine, every=4)
    log = tmp_path / "merged.sqlite3-wal"
    before = log.stat().st_size
    say(engine, "again")
    assert log.stat().st_size == before
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM said")).scalar() == 5


def test_a_log_that_cannot_be_merged_is_left_to_the_next_time(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'no such folder' / 'x.sqlite3'}")
    merger = Merger(engine.raw_connection, every=1)
    for _ in range(2):
        merger.note_write()
        assert merger._running.acquire(timeout=PATIENCE)
        merger._running.release()
    engine.dispose()
