"""Short writes of one moment share a commit; each is kept or undone by itself."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError, OperationalError

from knowledge.store.commits import NestedWriteError
from knowledge.store.engine import open_engine, reading, writing, writing_little


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


def commits_of(engine) -> list[int]:
    counted: list[int] = []
    event.listen(engine, "commit", lambda connection: counted.append(1))
    return counted


def all_at_once(engine, works) -> list[object]:
    """Let the works wait behind one write, then go."""
    with ThreadPoolExecutor(len(works)) as pool:
        with writing(engine):
            running = [pool.submit(work) for work in works]
            while engine_waiting(engine) < len(works):
                threading.Event().wait(0.005)
        return [job.exception() for job in running]


def engine_waiting(engine) -> int:
    from knowledge.store.engine import _commits  # noqa: PLC0415

    return _commits[engine]._waiting


def test_writes_of_one_moment_share_commits_and_all_are_kept(engine):
    counted = commits_of(engine)
    failed = all_at_once(engine, [lambda word=str(number): say(engine, word) for number in range(12)])
    assert failed == [None] * 12
    assert len(words(engine)) == 12
    assert len(counted) < 12


def test_a_write_that_fails_undoes_itself_and_no_other(engine):
    say(engine, "a")
    failed = all_at_once(engine, [lambda word=word: say(engine, word) for word in ("b", "a", "c")])
    assert sorted(type(error).__name__ for error in failed) == ["IntegrityError", "NoneType", "NoneType"]
    assert words(engine) == ["a", "b", "c"]


def test_a_commit_that_fails_is_an_error_of_everybody_in_it(engine):
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
