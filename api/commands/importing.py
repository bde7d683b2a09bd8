"""`copilot import`: folders in, every problem in one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from api.commands.opening import opened
from api.commands.settings import settings_for
from api.terminal import FAILED, for_people, notes, out, print_json
from copilot.editing import ImportReport
from knowledge.base import KnowledgeBase


def run(folders: Sequence[Path], dry_run: bool, data_dir: Path | None) -> None:
    """Import the folders one after the other; exit 1 where one of them did not get in."""
    with opened(settings_for(data_dir)) as copilot:
        reports = [imported(copilot.knowledge, folder, dry_run, notes()) for folder in folders]
    if for_people():
        show(folders, reports, dry_run, out())
    else:
        print_json([_plain(folder, report) for folder, report in zip(folders, reports, strict=True)])
    if any(report.errors for report in reports):
        raise typer.Exit(FAILED)


def imported(knowledge: KnowledgeBase, folder: Path, dry_run: bool, console: Console) -> ImportReport:
    """Import one folder, with a bar where somebody watches."""
    with _bar(console, folder.name) as (bar, task):
        return knowledge.import_folder(
            folder,
            dry_run=dry_run,
            progress=lambda done, total, _: bar.update(task, completed=done, total=total),
        )


@contextmanager
def _bar(console: Console, name: str) -> Iterator[tuple[Progress, TaskID]]:
    columns = (
        TextColumn(name),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("texts"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield bar, bar.add_task(name, total=None)


def show(folders: Sequence[Path], reports: Sequence[ImportReport], dry_run: bool, console: Console) -> None:
    """Print what happened to each folder, and a table of every problem."""
    for folder, report in zip(folders, reports, strict=True):
        console.print(_line(folder, report, dry_run))
    rows = [
        (folder, problem)
        for folder, report in zip(folders, reports, strict=True)
        for problem in report.problems
    ]
    if not rows:
        return
    table = Table("", "where", "line or cell", "what is wrong", box=None, padding=(0, 2, 0, 0))
    for folder, problem in rows:
        mark = "[bold red]error[/]" if problem.severity == "error" else "[yellow]warning[/]"
        table.add_row(mark, str(folder / problem.path), problem.where, problem.cause)
    console.print(table)


def _line(folder: Path, report: ImportReport, dry_run: bool) -> str:
    counts = f"{report.articles} articles, {report.passages} passages, {report.precedents} precedents"
    if report.errors:
        return f"[bold red]✗[/] {folder}: {len(report.errors)} errors, nothing was changed"
    if dry_run:
        return f"[green]✓[/] {folder}: {counts}; client {report.client_id} would be imported"
    what = "new version" if report.changed else "unchanged, still version"
    return f"[green]✓[/] {folder}: {counts}; client {report.client_id}, {what} {report.version}"


def _plain(folder: Path, report: ImportReport) -> dict[str, object]:
    return {"folder": str(folder), "imported": report.version is not None, **asdict(report)}
