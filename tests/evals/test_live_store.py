"""Recorded conversations from a real store: masked, of one client, and gone when they are deleted."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert
from typer.testing import CliRunner

from copilot.assembly import assemble
from copilot.live.erasing import LiveRecords
from copilot.privacy.erasure import Customer
from copilot.settings import Settings
from copilot.store import live as tables
from evals.command import evaluate_app
from evals.live_store import (
    InstalledProduct,
    LiveStoreError,
    Span,
    export_lines,
    live_set,
    moment,
    opened,
    recorded_cases,
)
from evals.recordings import read_recording
from evals.runner import Measures, Options, conclude, gather_housed
from knowledge.store.engine import writing

START = datetime(2026, 3, 2, 4, tzinfo=UTC)
PHONE = "13912345678"


def keep(engine: Engine, number: int, client: str, *said: tuple[str, str]) -> str:
    """Write one conversation as the live service does, a day after the one before."""
    at = START + timedelta(days=number)
    conversation = f"c-{client}-{number}"
    empty: dict[str, Any] = {"customer": {}, "subject": {}, "facts": [], "checks": [], "degraded": []}
    with writing(engine) as connection:
        connection.execute(
            insert(tables.conversations).values(
                id=conversation, client_id=client, external_id=f"ext-{number}", channel="web", agent_id="a",
                agent_tier="L1", state="open", created_at=at, touched_at=at, turn_count=len(said),
                event_seq=0, **empty,
            )
        )  # fmt: skip
        for index, (role, text) in enumerate(said):
            connection.execute(
                insert(tables.turns).values(
                    id=f"{conversation}-{index}", client_id=client, conversation_id=conversation, index=index,
                    role=role, text=text, said_at=at, received_at=at, answer={},
                )
            )  # fmt: skip
    return conversation


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation with two clients and four conversations."""
    settings = Settings(data_dir=tmp_path / "data", threads=1, _env_file=None)
    copilot = assemble(settings)
    for client in ("lulu", "other"):
        folder = tmp_path / client
        (folder / "articles").mkdir(parents=True)
        (folder / "client.yaml").write_text(f"id: {client}\nname: {client}\n", "utf-8")
        article = "---\nid: A-1\ntitle: 取消费\n---\n司机原地不动超过4分钟，取消费4元原路退回。\n"
        (folder / "articles" / "a.md").write_text(article, "utf-8")
        copilot.knowledge.import_folder(folder)
    for number in range(3):
        keep(
            copilot.engine, number, "lulu", ("customer", f"司机没动 扣了我4块 电话{PHONE}"), ("agent", "您好")
        )
    keep(copilot.engine, 0, "other", ("customer", "别家的话"))
    copilot.close()
    return settings


def cases_of(settings: Settings, **span: Any) -> Any:
    with opened(settings, "lulu") as copilot:
        return recorded_cases(copilot.engine, Span("lulu", **span))


def test_only_this_clients_conversations_are_read_and_no_phone_leaves_the_store(settings: Settings) -> None:
    cases = cases_of(settings)
    assert [case.id for case in cases] == ["c-lulu-0", "c-lulu-1", "c-lulu-2"]
    text = export_lines(cases)
    assert PHONE not in text
    assert "[PHONE_1]" in text
    assert "别家的话" not in text


def test_the_span_and_the_limit_choose_the_latest(settings: Settings) -> None:
    since = START + timedelta(days=1)
    assert [case.id for case in cases_of(settings, since=since)] == ["c-lulu-1", "c-lulu-2"]
    assert [case.id for case in cases_of(settings, until=since)] == ["c-lulu-0"]
    assert [case.id for case in cases_of(settings, limit=1)] == ["c-lulu-2"]


def test_an_export_is_read_again_as_recorded_traffic(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "recorded_march.jsonl"
    path.write_text(export_lines(cases_of(settings)), "utf-8")
    read = read_recording(path, "recorded")
    assert read.faults == ()
    assert [case.client for case in read.cases] == ["lulu"] * 3


def test_what_was_deleted_is_forgotten_by_the_evaluation_too(settings: Settings, tmp_path: Path) -> None:
    journal = tmp_path / "work" / "observations.jsonl"

    def evaluated() -> set[str]:
        housed = [live_set(cases_of(settings), Span("lulu"), settings.data_dir)]
        options = Options(tmp_path / "work", workers=1)
        gathered = gather_housed(housed, InstalledProduct(settings, "lulu"), options, forget=True)
        outcome = conclude(gathered, tmp_path / "out", Measures())
        assert all(case.answer for case in outcome.summary.cases)
        return {case.id for case in outcome.summary.cases}

    assert evaluated() == {"c-lulu-0", "c-lulu-1", "c-lulu-2"}
    assert len(journal.read_bytes().splitlines()) == 3
    copilot = assemble(settings)
    with writing(copilot.engine) as connection:
        erased = LiveRecords().erase_customer(connection, "lulu", Customer("ext-1"))
    copilot.close()
    assert erased == 1
    assert evaluated() == {"c-lulu-0", "c-lulu-2"}
    assert len(journal.read_bytes().splitlines()) == 2
    assert "c-lulu-1" not in (tmp_path / "out" / "report.json").read_text("utf-8")


def test_a_conversation_without_words_is_none(settings: Settings) -> None:
    copilot = assemble(settings)
    keep(copilot.engine, 9, "lulu")
    with writing(copilot.engine) as connection:
        connection.execute(delete(tables.turns).where(tables.turns.c.conversation_id == "c-lulu-9"))
    copilot.close()
    assert "c-lulu-9" not in {case.id for case in cases_of(settings)}


def test_a_day_without_an_offset_is_the_clients_day() -> None:
    assert moment("2026-03-02", "Asia/Shanghai") == datetime(2026, 3, 1, 16, tzinfo=UTC)
    assert moment(None, "UTC") is None
    with pytest.raises(LiveStoreError):
        moment("yesterday", "UTC")


def test_the_command_counts_exports_and_names_an_unknown_client(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPILOT_DATA_DIR", str(settings.data_dir))
    run, export = CliRunner(), tmp_path / "recorded.jsonl"
    arguments = ["live", "--client", "lulu", "--since", "2026-03-03", "--export", str(export)]
    result = run.invoke(evaluate_app, arguments)
    assert result.exit_code == 0, result.output
    assert "2 conversations of lulu" in result.output
    assert [json.loads(line)["id"] for line in export.read_text("utf-8").splitlines()] == [
        "c-lulu-1",
        "c-lulu-2",
    ]
    unknown = run.invoke(evaluate_app, ["live", "--client", "nobody"])
    assert unknown.exit_code == 2
    assert "no client 'nobody'" in unknown.output
