"""`copilot evaluate`: data sets in, a report out; exit 1 when a gate fails, 2 when an input is unusable."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from typer.core import TyperGroup

from copilot.settings import Settings
from evals.agreement import AgreementError, agreement
from evals.datasets import DataSetError
from evals.drift import drift
from evals.figures import meanings
from evals.gate import GateError
from evals.pipeline_product import PipelineProduct
from evals.results import BaselineError
from evals.runner import Options, Outcome, evaluate
from evals.runner import Progress as Report
from evals.worlds import WhatIf

_UNUSABLE = 2
_MOST_PROBLEMS = 10


class _RunUnlessNamed(TyperGroup):
    """`evaluate PATH…` is `evaluate run PATH…`; the other commands are named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # typer brings its own click
        """Insert `run` where no command is named."""
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


evaluate_app = typer.Typer(
    cls=_RunUnlessNamed,
    no_args_is_help=True,
    help="Offline evaluation: `copilot evaluate PATH… --report DIR`. See docs/evaluation.md.",
)


@contextmanager
def _progress(console: Console) -> Iterator[Report]:
    """A progress bar on a terminal, one line at the end elsewhere."""
    columns = (TextColumn("cases"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("cases", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _figures(outcome: Outcome) -> Table:
    table = Table("figure", "value", "n", "95% interval", box=None)
    for name, figure in outcome.summary.figures.items():
        meaning = meanings()[name]
        bad = meaning.better == "low" and figure.value > 0
        value = f"[red]{figure.value:.1%}[/]" if bad else f"{figure.value:.1%}"
        table.add_row(meaning.title, value, str(figure.n), f"{figure.low:.1%} – {figure.high:.1%}")
    return table


def _show(outcome: Outcome, report: Path, console: Console) -> None:
    if console.is_terminal:
        console.print(_figures(outcome))
    problems = outcome.summary.problems
    for problem in problems[:_MOST_PROBLEMS]:
        console.print(f"not read: {problem}", markup=False, highlight=False, soft_wrap=True)
    if len(problems) > _MOST_PROBLEMS:
        console.print(
            f"not read: {len(problems) - _MOST_PROBLEMS} more, see {report / 'report.md'}", markup=False
        )
    console.print(f"{len(outcome.summary.cases)} cases, report in {report}", markup=False, highlight=False)
    for failure in outcome.failures:
        console.print(f"gate: {failure}", markup=False, highlight=False, soft_wrap=True, style="red")


@evaluate_app.command()
def run(  # noqa: PLR0913, PLR0917 - the options of a command line
    paths: Annotated[list[Path], typer.Argument(help="data sets: files, or folders of them")],
    report: Annotated[Path, typer.Option(help="folder for report.html, report.md, report.json, junit.xml")],
    baseline: Annotated[Path | None, typer.Option(help="report.json to compare with, case by case")] = None,
    gate: Annotated[Path | None, typer.Option(help="gate.yaml; exit 1 when a figure does not hold")] = None,
    knowledge: Annotated[
        Path | None,
        typer.Option(help="what if: a client folder (or a folder of them) in place of the data set's"),
    ] = None,
    authority: Annotated[
        Path | None, typer.Option(help="what if: an authority.yaml in place of its client's")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="processes")] = 2,
    work: Annotated[
        Path | None, typer.Option(help="where knowledge and results are kept between runs")
    ] = None,
) -> None:
    """Evaluate data sets and write the report; killed, it goes on where it stopped."""
    console = Console(stderr=True)
    options = Options(work or report / ".work", workers, baseline, gate, WhatIf(knowledge, authority))
    try:
        with _progress(console) as progress:
            outcome = evaluate(paths, report, PipelineProduct(Settings()), options, progress)
    except (DataSetError, GateError, BaselineError) as error:
        console.print(str(error), markup=False, highlight=False, style="red", soft_wrap=True)
        raise typer.Exit(_UNUSABLE) from error
    _show(outcome, report, console)
    if not outcome.passed:
        raise typer.Exit(1)


@evaluate_app.command()
def agree(
    first: Annotated[Path, typer.Argument(help="one marker's lines")],
    second: Annotated[Path, typer.Argument(help="the other marker's lines")],
) -> None:
    """Show how far two markers agree on the same cases (Cohen's kappa for each field)."""
    console = Console()
    try:
        found = agreement(first, second)
    except AgreementError as error:
        Console(stderr=True).print(str(error), markup=False, style="red")
        raise typer.Exit(_UNUSABLE) from error
    table = Table("field", "both marked", "agreed", "kappa", box=None)
    for field in found.fields:
        kappa = "·" if field.kappa is None else f"{field.kappa:.2f}"
        table.add_row(field.name, str(field.n), str(field.agreed), kappa)
    console.print(table)
    for line in found.disagreements:
        console.print(line, markup=False, highlight=False)


@evaluate_app.command(name="drift")
def show_drift(
    live: Annotated[list[Path], typer.Argument(help="recorded traffic")],
    against: Annotated[list[Path], typer.Option(help="the data sets that are evaluated")],
    as_json: Annotated[bool, typer.Option("--json", help="for machines")] = False,
) -> None:
    """Show, client by client, how far live traffic has moved from what is evaluated."""
    try:
        found = drift(live, against)
    except DataSetError as error:
        Console(stderr=True).print(str(error), markup=False, style="red")
        raise typer.Exit(_UNUSABLE) from error
    if as_json:
        sys.stdout.write(found.model_dump_json(indent=1) + "\n")
        return
    table = Table(
        "client", "live", "evaluated", "language", "length", "topics", "words not evaluated", box=None
    )
    for row in found.clients:
        shifts = (row.language, row.length, row.topics)
        table.add_row(
            row.client, str(row.live), str(row.evaluated),
            *(f"{value:.2f} {reading}" for value, reading in ((s.index, s.reading) for s in shifts)),
            ", ".join(row.new_words),
        )  # fmt: skip
    Console().print(table)
