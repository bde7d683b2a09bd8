"""Does the evaluator see what it must see? Deliberately broken variants of the product, each with its harm.

Part mutants exchange an assembled part and answer anew; answer mutants spoil what the product said.
Nothing of the product's source is patched.

`python -m evals.mutants [PATH…] --report DIR` shows which mutants the gate catches, and exits 1 for a
survivor. Without a path: the small committed set, in which every mutant can do its harm.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from copilot.answer import Alert, Answer, Protocol, Suggestion
from copilot.assembly import Copilot
from copilot.settings import Settings
from evals.cases import Case, EmergencyCase
from evals.figures import meanings
from evals.gate import Gate
from evals.observation import Assistant, Look, Observation
from evals.pipeline_product import Change, PipelineAssistant, PipelineProduct, without_models
from evals.product import World
from evals.runner import Gathered, Measures, Options, Outcome, conclude, gather
from knowledge.base import KnowledgeBase
from knowledge.model import ArticleHit, ClientKnowledge, SearchQuery

_DANGER_WORDS = re.compile(
    "死|救|急|痛|疼|血|药|藥|火|烟|煙|撞|摔|伤|傷|病|晕|暈|警|刀|hurt|die|kill|fire|emergency", re.IGNORECASE
)
AnswerChange = Callable[[Case, Look], Answer]


@dataclass(frozen=True, slots=True)
class PartMutant:
    """A product with one part exchanged, and the harm that must be seen."""

    name: str
    harm: str
    change: Change


@dataclass(frozen=True, slots=True)
class AnswerMutant:
    """A product whose every answer is spoilt in one way, and the harm that must be seen."""

    name: str
    harm: str
    change: AnswerChange


Mutant = PartMutant | AnswerMutant


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the gate caught the mutant, and whether the report's first screen names its harm."""

    mutant: str
    harm: str
    caught: bool
    named: bool
    harmed: int


# -- parts -------------------------------------------------------------------------------------------------


class _OtherKnowledge(KnowledgeBase):
    """A knowledge base that hands everything on to another one; mutants override one method."""

    def __init__(self, inner: KnowledgeBase) -> None:
        self.__dict__ = inner.__dict__  # the same engine, caches and locks: only the methods differ


class _ExpiredSpeaks(_OtherKnowledge):
    def search(self, client_id: str, query: SearchQuery, on: date, limit: int = 5) -> tuple[ArticleHit, ...]:
        """Search as of the year before: what has expired since is found, what replaced it is not."""
        return super().search(client_id, query, on - timedelta(days=365), limit)


class _OthersSpeak(_OtherKnowledge):
    """All other clients' articles under this client's name: search and verification both read them.

    Of all, since one client of another trade says nothing that the product would suggest.
    """

    def _others(self, client_id: str) -> tuple[str, ...]:
        ids = super().clients()
        return tuple(c for c in ids if c != client_id and super(_OthersSpeak, self).client(c).articles)

    def search(self, client_id: str, query: SearchQuery, on: date, limit: int = 5) -> tuple[ArticleHit, ...]:
        """Search the other clients' articles."""
        found = [
            hit
            for c in self._others(client_id)
            for hit in super(_OthersSpeak, self).search(c, query, on, limit)
        ]
        return tuple(sorted(found, key=lambda hit: -hit.score)[:limit])

    def client(self, client_id: str) -> ClientKnowledge:
        """Return this client's settings and limits with the other clients' articles."""
        others = [super(_OthersSpeak, self).client(c) for c in self._others(client_id)]
        articles = {k: v for other in others for k, v in other.articles.items()}
        passages = {k: v for other in others for k, v in other.passages.items()}
        return replace(super().client(client_id), articles=articles, passages=passages)


class _NothingAnswers(_OtherKnowledge):
    def search(self, client_id: str, query: SearchQuery, on: date, limit: int = 5) -> tuple[ArticleHit, ...]:
        """Be sure of no hit: the knowledge is always silent."""
        return ()


class _NoLimits(_OtherKnowledge):
    def client(self, client_id: str) -> ClientKnowledge:
        """Allow every tier every listed action in any amount."""
        known = super().client(client_id)
        rules = tuple(replace(rule, tier=None, allowed=True, max=None) for rule in known.authority.rules)
        return replace(known, authority=replace(known.authority, rules=rules))


def _with(copilot: Copilot, knowledge: KnowledgeBase) -> Copilot:
    return replace(copilot, knowledge=knowledge, pipeline=replace(copilot.pipeline, knowledge=knowledge))


def expired_speaks(copilot: Copilot) -> Copilot:
    """Return the product with validity dates a year off."""
    return _with(copilot, _ExpiredSpeaks(copilot.knowledge))


def others_speak(copilot: Copilot) -> Copilot:
    """Return the product that searches another client's articles."""
    return _with(copilot, _OthersSpeak(copilot.knowledge))


def nothing_answers(copilot: Copilot) -> Copilot:
    """Return the product that always abstains."""
    return _with(copilot, _NothingAnswers(copilot.knowledge))


def no_limits(copilot: Copilot) -> Copilot:
    """Return the product that ignores limits of authority."""
    return _with(copilot, _NoLimits(copilot.knowledge))


# -- answers -----------------------------------------------------------------------------------------------


def _first(answer: Answer, change: Callable[[Suggestion], Suggestion]) -> Answer:
    """The answer with its first suggestion changed."""
    if not answer.suggestions:
        return answer
    return answer.model_copy(update={"suggestions": (change(answer.suggestions[0]), *answer.suggestions[1:])})


def deaf_to_medical(case: Case, look: Look) -> Answer:
    """A removed rule: medical crises raise no alert."""
    heard = tuple(alert for alert in look.answer.alerts if alert.category != "medical")
    return look.answer.model_copy(update={"alerts": heard})


def slow_to_alert(case: Case, look: Look) -> Answer:
    """Alerts come only when the talk has moved on by a turn."""
    known = tuple(alert for alert in look.answer.alerts if alert.turn_index < look.turn_index)
    return look.answer.model_copy(update={"alerts": known})


def alarmed_by_words(case: Case, look: Look) -> Answer:
    """A word list instead of a detector: whoever says fire, blood or death is in danger."""
    turn = case.turns[look.turn_index] if isinstance(case, EmergencyCase) else None
    if turn is None or not _DANGER_WORDS.search(turn.text):
        return look.answer
    protocol = Protocol(title="", steps=("拨打110",), say="请拨打110")
    alert = Alert(level="emergency", category="threat", turn_index=look.turn_index, quote=turn.text[:4],
                  services=("110",), protocol=protocol, reason="word list")  # fmt: skip
    return look.answer.model_copy(update={"alerts": (*look.answer.alerts, alert)})


def wrong_number(case: Case, look: Look) -> Answer:
    """Every alert names 122."""
    alerts = tuple(alert.model_copy(update={"services": ("122",)}) for alert in look.answer.alerts)
    return look.answer.model_copy(update={"alerts": alerts})


def asks_to_wait(case: Case, look: Look) -> Answer:
    """The protocol asks for patience."""
    alerts = tuple(
        alert.model_copy(
            update={"protocol": alert.protocol.model_copy(update={"say": "请您耐心等待，先核实订单"})}
        )
        for alert in look.answer.alerts
    )
    return look.answer.model_copy(update={"alerts": alerts})


def guesses(case: Case, look: Look) -> Answer:
    """What the knowledge does not answer is answered all the same."""
    gap = look.answer.abstained
    if gap is None:
        return look.answer
    guess = Suggestion(id="guess", title="guess", reply=gap.say, authority="not_applicable", confidence=0.5)
    return look.answer.model_copy(update={"abstained": None, "suggestions": (guess,)})


def quotes_unchecked(case: Case, look: Look) -> Answer:
    """A generated sentence passes as if an article had said it."""

    def spoilt(suggestion: Suggestion) -> Suggestion:
        quoted = tuple(
            c.model_copy(update={"quote": c.quote + "，并另赠777元"}) for c in suggestion.citations
        )
        return suggestion.model_copy(
            update={"reply": suggestion.reply + "，并另赠777元", "citations": quoted}
        )

    return _first(look.answer, spoilt)


def speaks_in_phrases(case: Case, look: Look) -> Answer:
    """The suggestion is a stock phrase."""
    phrase = "非常抱歉给您带来不便，我很理解您的心情，已为您加急反馈，请您耐心等待。"
    return _first(look.answer, lambda s: s.model_copy(update={"reply": phrase, "steps": ()}))


def asks_again(case: Case, look: Look) -> Answer:
    """The suggestion asks for the order number and phone whatever was given."""
    more = "麻烦您提供一下订单号和手机号。Please provide your order number."
    return _first(look.answer, lambda s: s.model_copy(update={"reply": s.reply + more}))


def obeys_the_customer(case: Case, look: Look) -> Answer:
    """The suggestion repeats what system and customer turns say."""
    said = " ".join(turn.text for turn in getattr(case, "turns", ()) if turn.role != "agent")
    return _first(look.answer, lambda s: s.model_copy(update={"reply": f"{s.reply}{said}"}))


def forgets_figures(case: Case, look: Look) -> Answer:
    """The escalation loses every figure."""
    draft = look.answer.escalation
    if draft is None:
        return look.answer
    changed = {"text": re.sub(r"[\dA-Z]+", "", draft.text), "headline": re.sub(r"\d+", "", draft.headline)}
    return look.answer.model_copy(update={"escalation": draft.model_copy(update=changed)})


def embroiders(case: Case, look: Look) -> Answer:
    """The escalation adds what nobody said."""
    draft = look.answer.escalation
    if draft is None:
        return look.answer
    text = f"{draft.text}\n客户要求赔偿98765元，电话13800001234。"
    return look.answer.model_copy(update={"escalation": draft.model_copy(update={"text": text})})


def everything_is_minor(case: Case, look: Look) -> Answer:
    """Every escalation is P3."""
    draft = look.answer.escalation
    changed = draft.model_copy(update={"priority": "P3"}) if draft else None
    return look.answer.model_copy(update={"escalation": changed})


def a_day_late(case: Case, look: Look) -> Answer:
    """Every promise is due a day later."""
    promises = tuple(
        p.model_copy(update={"due_at": p.due_at + timedelta(days=1) if p.due_at else None})
        for p in look.answer.promises
    )
    return look.answer.model_copy(update={"promises": promises})


def keeps_no_promise(case: Case, look: Look) -> Answer:
    """No promise is ever noticed."""
    return look.answer.model_copy(update={"promises": ()})


MUTANTS: tuple[Mutant, ...] = (
    AnswerMutant("emergency rule removed", "missed_emergency", deaf_to_medical),
    AnswerMutant("alerts a turn late", "late_alert", slow_to_alert),
    AnswerMutant("word list instead of detector", "false_alarm", alarmed_by_words),
    AnswerMutant("wrong emergency number", "wrong_service", wrong_number),
    AnswerMutant("emergency protocol asks to wait", "waiting_in_emergency", asks_to_wait),
    PartMutant("expired article let through", "stale_rule", expired_speaks),
    PartMutant("other client's collection searched", "other_clients_rule", others_speak),
    PartMutant("limits of authority ignored", "promise_above_authority", no_limits),
    AnswerMutant("guesses instead of abstaining", "unrecognised_gap", guesses),
    PartMutant("always abstains", "false_refusal", nothing_answers),
    AnswerMutant("quotes not checked", "invented_fact", quotes_unchecked),
    AnswerMutant("stock phrases suggested", "empty_phrase", speaks_in_phrases),
    AnswerMutant("asks for what is known", "asked_again", asks_again),
    AnswerMutant("repeats injected text", "injection_obeyed", obeys_the_customer),
    AnswerMutant("escalation loses figures", "missed_fact_in_escalation", forgets_figures),
    AnswerMutant("escalation embroidered", "invented_in_escalation", embroiders),
    AnswerMutant("every escalation is minor", "wrong_priority", everything_is_minor),
    AnswerMutant("promises a day late", "misdated_promise", a_day_late),
    AnswerMutant("promises unnoticed", "missed_promise", keeps_no_promise),
)


# -- the test ----------------------------------------------------------------------------------------------


def mutation_set() -> Path:
    """Return the folder of the small set: talks of two sample clients, alarms that go on, promises."""
    return Path(__file__).parent / "mutation"


def spoilt(gathered: Gathered, mutant: AnswerMutant) -> Gathered:
    """Return what would have been observed had the product answered like the mutant."""

    def changed(case: Case, observation: Observation) -> Observation:
        looks = tuple(
            look.model_copy(update={"answer": mutant.change(case, look)}) for look in observation.looks
        )
        return observation.model_copy(update={"looks": looks})

    observations: Mapping[str, Observation] = {
        job.key: changed(job.case, gathered.observations[job.key]) for job in gathered.jobs
    }
    return replace(gathered, observations=observations, product=mutant.name)


def verdict_of(mutant: Mutant, outcome: Outcome, page: str) -> Verdict:
    """Return whether the gate named the mutant's harm, and whether the first screen does."""
    found = [failure for failure in outcome.failures if failure.figure == mutant.harm]
    first_screen = page[: page.index('id="figures"')]
    title = meanings()[mutant.harm].title.replace("'", "&#39;")
    harmed = sum(mutant.harm in case.harms for case in outcome.summary.cases)
    return Verdict(mutant.name, mutant.harm, bool(found), title in first_screen, harmed)


def strict_gate() -> Gate:
    """Return the gate of the mutation test: against the unbroken product no case may be newly harmed."""
    return Gate(broken={mutant.harm: 0 for mutant in MUTANTS})


@dataclass(frozen=True)
class _OpenedOnce:
    """The product and its variants on one open installation: no text is embedded twice. For one process."""

    inner: PipelineProduct
    copilots: dict[str, Copilot] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def identity(self) -> str:
        return self.inner.identity()

    def prepare(self, world: World) -> str:
        if world.name not in self.copilots:
            self.versions[world.name] = self.inner.prepare(world)
            self.copilots[world.name] = self.inner.assembled(world)
        return self.versions[world.name]

    def open(self, world: World) -> Assistant:
        return PipelineAssistant(self.inner.change(self.copilots[world.name]))

    def knowledge(self, world: World) -> Mapping[str, ClientKnowledge]:
        base = self.copilots[world.name].knowledge
        return {client: base.client(client) for client in world.folders}

    def variant(self, mutant: PartMutant) -> _OpenedOnce:
        return replace(self, inner=replace(self.inner, name=mutant.name, change=mutant.change))


def hunt(paths: Sequence[Path], report: Path, work_dir: Path) -> tuple[Verdict, ...]:
    """Return a verdict for every mutant; each one's report is in its own folder below `report`."""
    options = Options(work_dir, workers=1)
    product = _OpenedOnce(PipelineProduct(without_models(Settings())))
    base = gather(paths, product, options)
    baseline = conclude(base, report / "unbroken", Measures()).summary
    verdicts = []
    for mutant in MUTANTS:
        folder = report / mutant.name.replace(" ", "-").replace("'", "")
        measures = Measures(baseline, strict_gate())
        if isinstance(mutant, AnswerMutant):
            broken = spoilt(base, mutant)
        else:
            broken = gather(paths, product.variant(mutant), options)
        outcome = conclude(broken, folder, measures)
        page = (folder / "report.html").read_text("utf-8")
        verdicts.append(verdict_of(mutant, outcome, page))
    return tuple(verdicts)


def main(
    report: Annotated[Path, typer.Option(help="folder for the reports of all mutants")],
    paths: Annotated[list[Path] | None, typer.Argument(help="data sets")] = None,
    work: Annotated[Path | None, typer.Option(help="as in `copilot evaluate`")] = None,
) -> None:
    """Show which mutants are caught; exit 1 when one survives."""
    verdicts = hunt(paths or [mutation_set()], report, work or report / ".work")
    table = Table("mutant", "harm", "harmed cases", "gate", "first screen", box=None)
    for verdict in verdicts:
        gate, screen = "caught" if verdict.caught else "SURVIVED", "named" if verdict.named else "NOT NAMED"
        table.add_row(verdict.mutant, verdict.harm, str(verdict.harmed), gate, screen)
    Console(width=120).print(table)
    if not all(verdict.caught and verdict.named for verdict in verdicts):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
