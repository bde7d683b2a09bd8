"""Short writes wait for the disk beside the queue; each is kept or undone by itself."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import IntegrityError, OperationalError

from knowledge.store.commits import Commits, Log, NestedWriteError
from knowledge.store.engine import open_engine, reading, writing, writing_little
from knowledge.store.wal import Disk, Merger

PATIENCE = 30


@pytest.fixture
def engine(tmp_path: Path):
    engine = open_engine(f"sqlite:///{tmp_path / 'commits.sqlite3'}")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE said (word TEXT PRIMARY KEY)"))
    yield engine
    engine.dispose()


def say(engine, word: str) -> None:
    with writing_little(engine) as connection:
        connection.execute(text("INSERT INTO said VALUES (:word)"), {"word": word})


def words(engine) -> list[str]:
    with reading(engine) as connection:
        return sorted(connection.execute(text("SELECT word FROM said")).scalars())


class Gate:
    """A disk that is waited for until the gate opens."""

    def __init__(self) -> None:
        self.waited = threading.Semaphore(0)
        self.opened = threading.Event()

    def __call__(self, number: int) -> None:
        self.waited.release()
        assert self.opened.wait(PATIENCE)


def over(engine, tmp_path: Path, sync) -> Commits:
    """A queue of its own to the same file."""

    def connect() -> Connection:
        return engine.connect().execution_options(sqlite_begin="IMMEDIATE")

    log = Log(connect, Disk(tmp_path / "commits.sqlite3-wal", sync), Merger(engine.raw_connection))
    return Commits(connect, log)


def put(commits: Commits, word: str) -> None:
    with commits.joined() as connection:
        connection.execute(text("INSERT INTO said VALUES (:word)"), {"word": word})


def test_a_write_does_not_wait_until_the_disk_has_another_and_is_told_when_it_has_its_own(engine, tmp_path):
    gate = Gate()
    commits = over(engine, tmp_path, gate)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(put, commits, "a")
        assert gate.waited.acquire(timeout=PATIENCE)
        second = pool.submit(put, commits, "b")
        while words(engine) != ["a", "b"]:
            threading.Event().wait(0.002)
        assert not first.done()
        assert not second.done()
        gate.opened.set()
        assert [job.exception(PATIENCE) for job in (first, second)] == [None, None]
    commits.close()


def test_what_the_disk_may_have_lost_is_an_error_of_its_writer(engine, tmp_path):
    def broken(number: int) -> None:
        raise OSError(5, "input/output error")

    commits = over(engine, tmp_path, broken)
    with pytest.raises(OperationalError):
        put(commits, "a")
    commits.close()


def test_a_write_that_fails_undoes_itself_and_no_other(engine):
    say(engine, "a")
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(say, engine, word) for word in ("b", "a", "c")]
        failed = [type(job.exception(PATIENCE)).__name__ for job in jobs]
    assert failed == ["NoneType", "IntegrityError", "NoneType"]
    assert words(engine) == ["a", "b", "c"]


def give_up(engine) -> None:
    with writing_little(engine) as connection:
        connection.execute(text("INSERT INTO said VALUES ('half')"))
        raise ZeroDivisionError


def test_an_error_of_the_caller_undoes_the_write_and_the_next_one_is_kept(engine):
    with pytest.raises(ZeroDivisionError):
        give_up(engine)
    say(engine, "whole")
    assert words(engine) == ["whole"]


def test_a_commit_that_fails_is_an_error_and_keeps_nothing(engine):
    def full(connection: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    def works(number: int) -> None:
        say(engine, str(number))

    with writing(engine):
        pass
    event.listen(engine, "commit", full)
    with ThreadPoolExecutor(3) as pool:
        failed = [pool.submit(works, number).exception() for number in range(3)]
    event.remove(engine, "commit", full)
    assert [type(error) for error in failed] == [OperationalError] * 3
    assert words(engine) == []
    say(engine, "again")
    assert words(engine) == ["again"]


def twice(engine) -> None:
    with writing(engine) as connection:
        for _ in range(2):
            connection.execute(text("INSERT INTO said VALUES ('x')"))


def test_a_write_alone_fails_as_a_whole(engine):
    with pytest.raises(IntegrityError):
        twice(engine)
    assert words(engine) == []


def test_a_write_within_a_write_is_an_error_and_no_standstill(engine):
    with pytest.raises(NestedWriteError), writing_little(engine):
        say(engine, "inner")
    say(engine, "later")
    assert words(engine) == ["later"]


def test_nobody_reads_a_write_before_its_commit(engine):
    seen: list[list[str]] = []
    with writing_little(engine) as connection:
        connection.execute(text("INSERT INTO said VALUES ('open')"))
        seen.append(words(engine))
    assert seen == [[]]
    assert words(engine) == ["open"]
