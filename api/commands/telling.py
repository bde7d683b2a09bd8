"""A replayed case in the terminal: who said what, what the copilot said to it, and its advice at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.rule import Rule

from api.flow import flow
from copilot.answer import Alert, Answer, Check, Escalation, Fact, Precedent, Promise, Suggestion
from copilot.conversation import Role
from copilot.demo.replay import Step
from copilot.demo.samples import RecordedCase
from copilot.live.model import Linked

_WHO: dict[Role, str] = {
    "customer": "[cyan]customer[/]",
    "agent": "[blue]agent[/]   ",
    "system": "[dim]system[/]  ",
}
_VERDICTS = {"allowed": "green", "needs_approval": "yellow", "forbidden": "red"}
_INDENT = 4


def tell_case(console: Console, case: RecordedCase, steps: Iterable[Step], answer: Answer) -> None:
    """Print one case."""
    console.print(Rule(f"[bold]Case {case.case}[/]", align="left"))
    for language in ("en", "zh-Hans"):
        if language in case.title:
            flow(console, f"[bold]{escape(case.title[language])}[/]")
    flow(console, f"[dim]client {case.request.client_id}, agent {case.request.agent.tier}[/]")
    flow(console, "[bold]What must happen[/]")
    for expected in case.expect:
        flow(console, f"· {escape(expected)}", _INDENT)
    for earlier in case.earlier:
        first = next((turn.text for turn in earlier.turns if turn.role == "customer"), "")
        flow(console, f"[dim]earlier, {earlier.now:%Y-%m-%d %H:%M}: {escape(first)}[/]")
    flow(console, "[bold]Replay[/]")
    for step in steps:
        tell_step(console, step)
    if case.request.draft is not None:
        _tell_draft(console, case.request.draft, answer)
    tell_advice(console, answer)
    console.print()


def tell_step(console: Console, step: Step) -> None:
    """Print one turn, and beneath it what appears beside the chat at once."""
    time = f"{step.turn.at:%H:%M:%S} " if step.turn.at is not None else ""
    flow(console, f"  {time}{_WHO[step.turn.role]} {escape(step.turn.text)}")
    for alert in step.alerts:
        _tell_alert(console, alert)
    for linked in step.linked:
        _tell_linked(console, linked, step.turn.at)
    for check in step.checks:
        _tell_check(console, check)
    for promise in step.promises:
        _tell_promise(console, promise)


def tell_advice(console: Console, answer: Answer) -> None:
    """Print suggestions or the abstention, precedents, and the escalation draft."""
    flow(
        console,
        "[bold]Advice[/]" + (f" [dim](degraded: {', '.join(answer.degraded)})[/]" if answer.degraded else ""),
    )
    if answer.facts:
        flow(console, f"[dim]known:[/] {escape(_known(answer.facts))}", _INDENT)
    for number, suggestion in enumerate(answer.suggestions, 1):
        _tell_suggestion(console, number, suggestion)
    if answer.abstained is not None:
        flow(console, f"[yellow]not in the knowledge:[/] {escape(answer.abstained.reason)}", _INDENT)
        flow(console, f"say: {escape(answer.abstained.say)}", _INDENT)
        if answer.abstained.collect:
            flow(console, f"collect: {escape('、'.join(answer.abstained.collect))}", _INDENT)
    if not answer.suggestions and answer.abstained is None and answer.alerts:
        flow(console, "[dim]no suggestion beside the protocol[/]", _INDENT)
    _tell_precedents(console, answer.precedents)
    if answer.escalation is not None:
        _tell_escalation(console, answer.escalation)


def _known(facts: Iterable[Fact]) -> str:
    """The facts by slot, in the order in which the first of each was given."""
    slots: dict[str, list[str]] = {}
    for fact in facts:
        slots.setdefault(fact.slot, []).append(fact.value)
    return " · ".join(f"{slot} {', '.join(values)}" for slot, values in slots.items())


def as_data(case: RecordedCase, steps: Iterable[Step], answer: Answer) -> Mapping[str, Any]:
    """Return what `tell_case` prints, as plain JSON data."""
    return {
        "case": case.case,
        "title": case.title,
        "client_id": case.request.client_id,
        "expect": list(case.expect),
        "steps": [
            {
                "turn": step.turn.model_dump(mode="json"),
                "alerts": [alert.model_dump(mode="json") for alert in step.alerts],
                "checks": [check.model_dump(mode="json") for check in step.checks],
                "promises": [promise.model_dump(mode="json") for promise in step.promises],
                "linked": [linked.model_dump(mode="json") for linked in step.linked],
            }
            for step in steps
        ],
        "answer": answer.model_dump(mode="json"),
    }


def tell_summary(console: Console, cases: int, seconds: float) -> None:
    """Print how much was shown."""
    console.print(Rule(f"{cases} cases replayed in {seconds:.0f} s", align="left"))


def _tell_alert(console: Console, alert: Alert) -> None:
    colour = "bold white on red" if alert.level == "emergency" else "bold black on yellow"
    about = " · ".join([alert.category, *([" ".join(alert.services)] if alert.services else [])])
    flow(console, f"[{colour}] {alert.level.upper()} [/] {about} · “{escape(alert.quote)}”", _INDENT)
    if "repeat" in alert.sources or ";" in alert.reason:
        flow(console, f"[dim]{escape(alert.reason)}[/]", _INDENT)
    flow(console, f"[bold]say now:[/] {escape(alert.protocol.say)}", _INDENT)
    for step in alert.protocol.steps:
        flow(console, f"→ {escape(step)}", _INDENT)
    if alert.protocol.never_say:
        flow(console, f"[red]never:[/] {escape(' / '.join(alert.protocol.never_say))}", _INDENT)


def _tell_check(console: Console, check: Check) -> None:
    label = f" ({check.label})" if check.label else ""
    flow(console, f"[yellow]check[/] {check.kind}{label}: {escape(check.message)}", _INDENT)


def _tell_promise(console: Console, promise: Promise) -> None:
    due = f"due {promise.due_at:%Y-%m-%d %H:%M}" if promise.due_at is not None else "no time named"
    flow(console, f"[magenta]promise[/] {escape(promise.action)} · {due}", _INDENT)


def _tell_linked(console: Console, linked: Linked, now: datetime | None) -> None:
    """An earlier conversation about the same thing: its danger, and what was promised in it."""
    day = f"{linked.date.astimezone(now.tzinfo if now else None):%Y-%m-%d %H:%M}"
    what = f"[bold cyan]linked[/] {linked.kind} {escape(linked.value.upper())}, {day}"
    if linked.alert is not None:
        taken = "nobody has taken it" if linked.alert_state == "raised" else "taken"
        what += f": {linked.alert.level} {linked.alert.category} “{escape(linked.alert.quote)}”, {taken}"
    flow(console, what, _INDENT)
    for promise in linked.promises:
        due = promise.due_at
        late = due is not None and now is not None and promise.state != "kept" and due < now
        when = f"due {due.astimezone(now.tzinfo if now else None):%Y-%m-%d %H:%M}" if due else "no time named"
        mark = " [bold red]overdue[/]" if late else ""
        flow(console, f"[magenta]promised then[/] {escape(promise.quote)} · {when}{mark}", _INDENT)


def _tell_draft(console: Console, draft: str, answer: Answer) -> None:
    flow(console, f"  [blue]draft[/]    {escape(draft)}")
    for check in answer.checks:
        if check.where == "draft":
            _tell_check(console, check)


def _tell_suggestion(console: Console, number: int, suggestion: Suggestion) -> None:
    flow(
        console,
        f"[bold green]{number}. {escape(suggestion.title)}[/] [dim]{suggestion.authority}, "
        f"confidence {suggestion.confidence:.2f}[/]",
        _INDENT,
    )
    inner = 7
    flow(console, f"reply: {escape(suggestion.reply)}", inner)
    for step in suggestion.steps:
        flow(console, f"→ {escape(step)}", inner)
    for action in suggestion.actions:
        amount = f" {action.amount:g} {action.currency or ''}".rstrip() if action.amount is not None else ""
        to = f" → {action.escalate_to}" if action.escalate_to else ""
        colour = _VERDICTS[action.verdict]
        flow(console, f"[{colour}]{action.verdict}[/] {action.action}{amount}{escape(to)}", inner)
    for citation in suggestion.citations:
        source = f"{citation.article_id}@{citation.version}"
        flow(console, f"[dim]{escape(source)} “{escape(citation.quote)}”[/]", inner)


def _tell_precedents(console: Console, precedents: Iterable[Precedent]) -> None:
    for precedent in precedents:
        flow(
            console,
            f"[dim]precedent {escape(precedent.case_id)}: {escape(precedent.situation)} → "
            f"{escape(precedent.what_was_done)} → {escape(precedent.outcome)}[/]",
            _INDENT,
        )


def _tell_escalation(console: Console, escalation: Escalation) -> None:
    by = f", respond by {escalation.respond_by:%Y-%m-%d %H:%M}" if escalation.respond_by is not None else ""
    flow(console, f"[bold]Escalation draft[/] {escalation.priority} to {escape(escalation.to)}{by}")
    flow(console, escape(escalation.text), _INDENT)
