"""Writes the four forms of one report into a folder."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from copilot.answer import Answer
from evals.cases import Case, ConversationCase, EmergencyCase, RecordedCase, RetrievalCase
from evals.comparison import Comparison
from evals.diagnosis import FEWEST_CASES, Diagnosis
from evals.figures import Figure, Meaning, Scored, category_of, meanings, owner_of
from evals.gate import Failure
from evals.judging.calibration import Judged
from evals.judging.opinion import Opinion
from evals.reporting.plots import Bar, bar_plot, interval_plot
from evals.results import Summary
from evals.scorers.mark import Mark
from evals.shown import fingerprint

SAFETY = (
    "missed_emergency",
    "late_alert",
    "false_alarm",
    "wrong_service",
    "waiting_in_emergency",
    "promise_above_authority",
    "other_clients_rule",
    "stale_rule",
    "invented_fact",
    "injection_obeyed",
    "empty_phrase",
    "asked_again",
    "missed_fact_in_escalation",
    "invented_in_escalation",
)
_DANGEROUS = 40.0  # severity from which a harm is named above everything else
_MOST_SHOWN_CASES = 1500  # a page beyond this is slow to open; report.json has every case


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report shows. `gated` tells a passed gate from no gate at all."""

    summary: Summary
    scored: tuple[Scored, ...]
    diagnoses: tuple[Diagnosis, ...]
    comparison: Comparison | None
    failures: tuple[Failure, ...]
    gated: bool


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    meaning: Meaning
    figure: Figure
    plot: Markup


@dataclass(frozen=True, slots=True)
class _Danger:
    name: str
    meaning: Meaning
    figure: Figure
    cases: int


@dataclass(frozen=True, slots=True)
class _Shown:
    """A case as the page shows it."""

    key: str
    case: Case
    client: str
    category: str
    severity: float
    harms: tuple[Mark, ...]
    answer: Answer | None
    failure: str | None
    found: tuple[str, ...]
    alerts: tuple[tuple[int, str], ...]
    expected: tuple[tuple[str, str], ...]
    markable: bool
    shown: str
    opinion: Opinion | None


def _expected(case: Case) -> tuple[tuple[str, str], ...]:
    """What a careful human expects, as label and text."""
    if isinstance(case, EmergencyCase):
        shown = {
            "level": f"{case.level} {case.category or ''}",
            "first alert": "" if case.first_alert_turn is None else f"turn {case.first_alert_turn}",
            "services": ", ".join(case.services),
        }
    elif isinstance(case, ConversationCase):
        shown = {
            "kind": case.kind,
            "articles": ", ".join(case.relevant),
            "must say": " · ".join(" / ".join(group) for group in case.must_include),
            "must not say": ", ".join(case.must_not_include),
            "authority": case.authority or "",
            "priority": case.priority or "",
            "escalation facts": " · ".join(
                " / ".join(f.alternatives) for f in (case.escalation.facts if case.escalation else ())
            ),
            "note": case.note or "",
        }
    elif isinstance(case, RetrievalCase):
        shown = {"documents": ", ".join(case.relevant)}
    else:
        left_out = {"id", "lang", "set", "where", "text", "turns", "context"}
        shown = {name: str(value) for name, value in case.model_dump(exclude=left_out).items()}
    return tuple((label, text) for label, text in shown.items() if text.strip())


def _shown(item: Scored) -> _Shown:
    known = meanings()
    observation = item.observation
    alerts = tuple(
        (look.turn_index, f"{alert.level} {alert.category} “{alert.quote}” → {', '.join(alert.services)}")
        for look in observation.looks
        for alert in look.answer.alerts
    )
    return _Shown(
        key=f"{item.case.set}/{item.case.id}",
        case=item.case,
        client=owner_of(item.case),
        category=category_of(item.case),
        severity=max((known[mark.figure].severity for mark in item.harms), default=0.0),
        harms=tuple(sorted(item.harms, key=lambda mark: (-known[mark.figure].severity, mark.figure))),
        answer=observation.answer,
        failure=observation.failure,
        found=observation.found,
        alerts=alerts,
        expected=_expected(item.case),
        markable=isinstance(item.case, ConversationCase | RecordedCase),
        shown=fingerprint(observation),
        opinion=item.opinion,
    )


def _rows(figures: Mapping[str, Figure]) -> list[_Row]:
    return [_Row(name, meanings()[name], figure, interval_plot(figure)) for name, figure in figures.items()]


def _dangers(figures: Mapping[str, Figure]) -> list[_Danger]:
    """Harms that endanger somebody or the client's trust, over all cases, those of no client too."""
    found = [
        _Danger(name, meanings()[name], figure, round(figure.value * figure.n))
        for name, figure in figures.items()
        if name in SAFETY and figure.value > 0 and meanings()[name].severity >= _DANGEROUS
    ]
    return sorted(found, key=lambda danger: -danger.meaning.severity * danger.figure.value)


def _client_bars(diagnoses: Sequence[Diagnosis]) -> Markup:
    ranked = [d for d in diagnoses if d.client != "-"]
    bars = [
        Bar(d.client, d.burden, f"{d.burden:.1f}  ({d.harmed} of {d.cases} harmed)"
            + ("" if d.cases >= FEWEST_CASES else " few cases"))
        for d in ranked
    ]  # fmt: skip
    return bar_plot(bars, max((bar.value for bar in bars), default=1.0))


def _embedded_json(value: object) -> Markup:
    """JSON that may stand inside a script element whatever its strings hold."""
    text = json.dumps(value, ensure_ascii=False)
    safe = (
        text.replace("&", "\\u0026")
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("\u2028", "\\u2028")
    )
    return Markup(safe)  # noqa: S704 - every character that could end the element is escaped above


def _sources(shown: Sequence[_Shown]) -> dict[str, object]:
    """The lines from which marks are exported."""
    return {
        item.key: item.case.model_dump(
            mode="json", exclude={"where", "escalation", "mark"}, exclude_none=True
        )
        for item in shown
        if item.markable
    }


def _worth_reading(item: Scored) -> bool:
    """Harmed, without labels, or poor in a judge's eyes."""
    poor = item.opinion is not None and item.opinion.poor
    return bool(item.harms) or poor or isinstance(item.case, RecordedCase)


def _page(report: Report) -> str:
    shown = sorted(
        (_shown(item) for item in report.scored if _worth_reading(item)),
        key=lambda item: (-item.severity, item.key),
    )
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string((files("evals.reporting") / "report.html.j2").read_text("utf-8"))
    harm_names = {mark.figure for item in shown for mark in item.harms}
    summary = report.summary
    return template.render(
        report=report,
        summary=summary,
        rows=_rows(summary.figures),
        safety=[
            (meanings()[name], summary.figures[name], name) for name in SAFETY if name in summary.figures
        ],
        worst=next((d for d in report.diagnoses if d.client != "-" and d.harmed), None),
        client_bars=_client_bars(report.diagnoses),
        dangers=_dangers(summary.figures),
        served=sum(d.client != "-" for d in report.diagnoses),
        meanings=meanings(),
        cases=shown[:_MOST_SHOWN_CASES],
        left_out=max(0, len(shown) - _MOST_SHOWN_CASES),
        harms=sorted(harm_names, key=lambda name: (-meanings()[name].severity, name)),
        clients=sorted({item.client for item in shown}),
        langs=sorted({item.case.lang for item in shown}),
        sets=sorted({item.case.set for item in shown}),
        judge_line=judge_line(summary.judged) if summary.judged else "",
        money=money,
        sources=_embedded_json(_sources(shown[:_MOST_SHOWN_CASES])),
        slice_harms=[
            n for n in summary.figures if meanings()[n].better == "low" and not meanings()[n].same_as
        ],
    )


def _markdown_figures(figures: Mapping[str, Figure]) -> list[str]:
    lines = ["| figure | value | n | 95% interval |", "|---|---|---|---|"]
    for name, figure in figures.items():
        title = meanings()[name].title
        lines.append(f"| {title} | {figure.value:.1%} | {figure.n} | {figure.low:.1%} – {figure.high:.1%} |")
    return lines


def _title(figure: str) -> str:
    """The figure's title; a baseline may name figures that are gone."""
    meaning = meanings().get(figure)
    return meaning.title if meaning else figure


def _plain(text: str) -> str:
    """A text that neither breaks a Markdown table nor becomes markup."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _markdown(report: Report) -> str:
    lines = ["# Evaluation", ""]
    if report.failures:
        lines += ["**Gate failed.**", "", *(f"- {_plain(str(failure))}" for failure in report.failures), ""]
    elif report.gated:
        lines += ["Gate passed.", ""]
    worst = next((d for d in report.diagnoses if d.client != "-" and d.harmed), None)
    if worst is not None:
        lines += [f"## Worst served: {worst.client} ({worst.harmed} of {worst.cases} cases harmed)", ""]
        for reason in worst.reasons:
            about = ", ".join(f"{s.name} ({len(s.cases)})" for s in reason.subjects)
            cause = _plain(about or reason.example)
            lines.append(f"- **{reason.title}** {reason.harmed}/{reason.n}: {cause}. {reason.change}")
        lines.append("")
    if report.comparison is not None:
        lines += ["## Against the baseline", "", "| harm | fixed | broken | p |", "|---|---|---|---|"]
        lines += [
            f"| {_title(c.figure)} | {len(c.fixed)} | {len(c.broken)} | {c.p:.3g} |"
            for c in (*report.comparison.harms, *report.comparison.traits)
            if c.fixed or c.broken
        ]
        lines.append("")
    lines += ["## Figures", "", *_markdown_figures(report.summary.figures), ""]
    latency = report.summary.latency_ms.get("all")
    if latency is not None and latency.p50 is not None and latency.p95 is not None:
        lines += [
            f"Latency of a look: p50 {latency.p50:.0f} ms, p95 {latency.p95:.0f} ms (n={latency.n}).",
            "",
        ]
    lines += [*_markdown_models(report.summary)]
    if report.summary.problems:
        lines += ["## Not read", "", *(f"- {_plain(problem)}" for problem in report.summary.problems), ""]
    return "\n".join(lines)


def money(amount: float | None, currency: str | None) -> str:
    """Return an amount as people read it; unknown stays unknown."""
    return "unknown" if amount is None else f"{amount:,.4f} {currency or ''}".strip()


def _markdown_models(summary: Summary) -> list[str]:
    """What models took, and how far the judge can be trusted."""
    lines = []
    spending, judged = summary.spending, summary.judged
    if spending.rows:
        cost = money(spending.cost, spending.currency)
        each = money(spending.per_conversation, spending.currency)
        lines += [
            f"Models: {sum(row.calls for row in spending.rows)} calls, {spending.tokens_in} tokens in, "
            f"{spending.tokens_out} out, cost {cost} ({each} a conversation).",
            "",
        ]
    if judged is not None:
        lines += [_plain(judge_line(judged)), ""]
    return lines


def judge_line(judged: Judged) -> str:
    """Return in one line what the judge did and whether its opinion may be used."""
    found = judged.calibration
    kappa = "·" if found.kappa is None else f"{found.kappa:.2f}"
    trusted = "calibrated" if found.trusted else "not calibrated: read its opinions, do not count on them"
    faults = sum(judged.faults.values())
    return (
        f"Judge {judged.judge}: {judged.n} answers"
        + (f", {faults} calls failed" if faults else "")
        + f"; against people {found.agreed} of {found.n} agreed, kappa {kappa}"
        + (f", {found.outdated} marks of answers no longer given" if found.outdated else "")
        + f" ({trusted})."
    )


def _xml_text(text: str) -> str:
    """Only the characters that XML 1.0 allows."""
    return "".join(
        c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
    )


def _junit(report: Report) -> bytes:
    """One test suite a set; a harmed case fails with what was done and why; then the gate."""
    root = ET.Element("testsuites")
    by_set: dict[str, list[Scored]] = {}
    for item in report.scored:
        by_set.setdefault(item.case.set, []).append(item)
    for name, items in sorted(by_set.items()):
        harmed = sum(bool(item.harms) for item in items)
        suite = ET.SubElement(root, "testsuite", name=name, tests=str(len(items)), failures=str(harmed))
        for item in items:
            case = ET.SubElement(suite, "testcase", classname=name, name=_xml_text(item.case.id))
            if item.harms:
                failure = ET.SubElement(
                    case, "failure", message=", ".join(sorted({m.figure for m in item.harms}))
                )
                failure.text = _xml_text("\n".join(f"{mark.figure}: {mark.why}" for mark in item.harms))
    if report.gated:
        count = str(len(report.failures))
        gate = ET.SubElement(
            root, "testsuite", name="gate", tests=str(max(1, len(report.failures))), failures=count
        )
        for failed in report.failures:
            case = ET.SubElement(
                gate, "testcase", classname="gate", name=_xml_text(f"{failed.figure} {failed.where}".strip())
            )
            ET.SubElement(case, "failure", message=_xml_text(str(failed)))
        if not report.failures:
            ET.SubElement(gate, "testcase", classname="gate", name="passed")
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _json(summary: Summary) -> bytes:
    return (json.dumps(summary.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n").encode()


def baseline_of(summary: Summary) -> Summary:
    """Return what a comparison needs and nothing that anybody said: small enough to be committed."""
    cases = tuple(case.model_copy(update={"answer": None, "why": ()}) for case in summary.cases)
    return summary.model_copy(update={"cases": cases, "slices": {}, "latency_ms": {}, "problems": ()})


def write_report(report: Report, folder: Path) -> None:
    """Write report.html, .md and .json, junit.xml and baseline.json into `folder`, each replaced at once."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        "report.json": _json(report.summary),
        "baseline.json": _json(baseline_of(report.summary)),
        "report.md": _markdown(report).encode(),
        "junit.xml": _junit(report),
        "report.html": _page(report).encode(),
    }
    for name, content in contents.items():
        unfinished = folder / f".{name}.new"
        unfinished.write_bytes(content)
        unfinished.replace(folder / name)
