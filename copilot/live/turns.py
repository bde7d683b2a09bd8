"""A turn comes in: kept once, answered at once with what the talk itself says. No model in this path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select
from sqlalchemy.exc import SQLAlchemyError

from copilot.answer import Alert, Promise
from copilot.conversation import Role
from copilot.live.alerts import keep_alerts, keep_raised, needs_other_services
from copilot.live.desk import Desk
from copilot.live.events import Change
from copilot.live.lookout import Look
from copilot.live.model import (
    LiveAlert,
    LivePromise,
    LiveTurn,
    TurnAnswer,
    as_json,
    new_id,
)
from copilot.live.news import Known, News, news, renumbered, renumbered_alerts
from copilot.live.recent import Talk
from copilot.live.repeats import (
    Subject,
    earlier_complaint,
    link,
    subjects_of,
    with_history,
)
from copilot.live.rows import (
    as_pipeline,
    as_spoken,
    checks_of,
    conversation_of,
    facts_of,
    promises_of,
    turn_target,
    turns_of,
)
from copilot.logs import log
from copilot.pipeline import Signals
from copilot.signals.check_messages import in_agents_language
from copilot.signals.emergency import Detection
from copilot.signals.emergency.detection import CLASSIFIER_LAYER
from copilot.signals.emergency.finding import family, rank
from copilot.signals.forbidden import find_against_protocols
from copilot.store import live as tables
from knowledge.model import ClientSettings
from knowledge.store.engine import reading

# Several customer messages often make one request: wait so long for the next one …
DEBOUNCE = timedelta(seconds=0.8)
# … but never longer than this after the first of them.
PATIENCE = timedelta(seconds=4)
MAX_TURN_CHARACTERS = 100_000
_ATTEMPTS = 4
# Built once: composing a statement costs more than running it.
_REPEATED = select(tables.turns).where(
    tables.turns.c.conversation_id == bindparam("of"), tables.turns.c.external_id == bindparam("name")
)
_ADD_TURN = insert(tables.turns)
# What is written beside the turn in its own transaction, such as who sent it.
Note = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as a helpdesk sends it."""

    role: Role
    text: str
    at: datetime | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Draft:
    """The conversation with the turn, read with its signals before anything is written.

    `settings` is there where a subject may have a history, `look` where the classifier still looks,
    `suspected` is what the rules suspect in the whole talk, `undecided` what will be an alert where the
    classifier does not look in time. `language` is the client's.
    """

    talk: Talk
    turn: LiveTurn
    signals: Signals
    subjects: tuple[Subject, ...]
    settings: ClientSettings | None
    look: Look | None
    suspected: tuple[Alert, ...]
    undecided: tuple[Alert, ...]
    language: str

    @property
    def turns(self) -> tuple[LiveTurn, ...]:
        return (*self.talk.turns, self.turn)


def accept(
    desk: Desk, conversation_id: str, incoming: Incoming, note: Note = lambda connection: None
) -> TurnAnswer:
    """Keep the turn and return what it brought; the same external id returns the first answer.

    Signals are read before the transaction, so that nobody waits for the database meanwhile; when another
    turn was faster, they are read again with it. Raise UnknownThingError.
    """
    talk = desk.recent.find(conversation_id)
    for attempt in range(_ATTEMPTS):
        draft = _read(desk, talk or read_talk(desk, conversation_id), incoming)
        kept = _keep(desk, draft, incoming, note, at_any_rate=attempt == _ATTEMPTS - 1)
        if kept is not None:
            return kept
        desk.recent.forget(conversation_id)
        talk = None
    raise AssertionError("the last attempt keeps at any rate")  # pragma: no cover


def read_talk(desk: Desk, conversation_id: str) -> Talk:
    """Return the conversation with its turns, and remember it. Raise UnknownThingError."""
    with reading(desk.engine) as connection:
        conversation = conversation_of(turn_target(connection, conversation_id))
        talk = Talk(conversation, turns_of(connection, conversation_id))
    desk.recent.keep(talk)
    return talk


# -- before the transaction


def _read(desk: Desk, talk: Talk, incoming: Incoming) -> _Draft:
    turn = LiveTurn(
        id=new_id("t"),
        index=len(talk.turns),
        role=incoming.role,
        text=incoming.text,
        at=incoming.at,
        received_at=desk.clock(),
        external_id=incoming.external_id,
    )
    spoken = as_spoken((*talk.turns, turn))
    view = as_pipeline(talk.conversation, spoken)
    # What others say is no danger: the customer's words were looked at when they came.
    suspected = desk.advisor.alarms(view, embed=False).alerts if turn.role == "customer" else talk.suspected
    fresh = turn.role == "customer" and _is_suspicious(desk, talk, turn, suspected)
    look = desk.lookout.begin(view, suspected=fresh) if turn.role == "customer" else None
    signals = desk.advisor.signals(view, embed=False)
    detection = None if look is None else look.result(_patience(desk, look, signals))
    undecided: tuple[Alert, ...] = ()
    if detection is not None:
        others = tuple(name for name in signals.degraded if not name.startswith("emergency"))
        signals = replace(signals, alerts=detection.alerts, degraded=(*detection.degraded, *others))
    elif look is not None and look.suspected and look.quiet:
        signals = replace(signals, alerts=suspected)
    elif fresh:
        undecided = renumbered_alerts(suspected, spoken)
    signals = renumbered(signals, spoken)
    conversation = talk.conversation
    subjects = subjects_of(conversation.customer, conversation.subject, signals.facts)
    settings = desk.knowledge.client(conversation.client_id).settings
    history = settings if with_history(subjects) else None
    pending = look if detection is None else None
    return _Draft(talk, turn, signals, subjects, history, pending, suspected, undecided, settings.language)


def _is_suspicious(desk: Desk, talk: Talk, turn: LiveTurn, suspected: Sequence[Alert]) -> bool:
    """Whether the rules suspect a danger in the turn itself, or a new one in what was said together.

    What an earlier turn made them suspect was answered with that turn.
    """
    if not suspected:
        return False
    alone = as_pipeline(talk.conversation, (turn,))
    return _has_more(suspected, talk.suspected) or bool(desk.advisor.alarms(alone, embed=False).alerts)


def _patience(desk: Desk, look: Look, signals: Signals) -> float:
    """How long to wait for the classifier: not at all once the rules are certain of an emergency.

    Where many turns come, hardly one would have its look within the milliseconds that an answer may take.
    """
    patience = desk.lookout.patience
    if not look.quiet or any(alert.level == "emergency" for alert in signals.alerts):
        return 0
    if look.suspected:
        return patience.suspected
    return patience.alone if look.first else 0  # behind others it has not even begun


# -- the transaction


def _keep(
    desk: Desk, draft: _Draft, incoming: Incoming, note: Note, *, at_any_rate: bool
) -> TurnAnswer | None:
    """Write the turn and everything it brought in one transaction; None where another turn was faster."""
    with desk.journal.changing() as change:
        row = turn_target(change.connection, draft.talk.conversation.id)
        repeated = _repeated(change.connection, row.id, incoming)
        if repeated is not None:
            note(change.connection)
            return repeated
        if not at_any_rate and not _is_current(draft, row):
            return None
        turn = draft.turn.model_copy(update={"index": row.turn_count})
        change.append(row.id, row.client_id, "turn", {"turn": as_json(turn)})
        answer = _answer(change, row, draft, turn)
        _insert_turn(change, row, turn, answer)
        _set(change, row, turn, draft, answer)
        note(change.connection)
    _remember(desk, draft, turn)
    desk.advising.overtake(draft.talk.conversation.id)
    if draft.look is not None:
        draft.look.then(desk.lookout.teller, lambda seen: _follow(desk, draft, answer, seen))
        if draft.undecided:
            seconds = desk.lookout.patience.suspected
            draft.look.unless_done(seconds, desk.lookout.teller, lambda: _alarm(desk, draft))
    return answer


def _is_current(draft: _Draft, row: Row[Any]) -> bool:
    """Whether the row still says what the signals were read from."""
    known, now = draft.talk.conversation, conversation_of(row)
    same = (now.agent, now.customer, now.subject, now.language) == (
        known.agent,
        known.customer,
        known.subject,
        known.language,
    )
    return same and row.turn_count == draft.turn.index


def _repeated(connection: Connection, conversation_id: str, incoming: Incoming) -> TurnAnswer | None:
    """The first answer to this external id; None where it is new."""
    if incoming.external_id is None:
        return None
    row = connection.execute(_REPEATED, {"of": conversation_id, "name": incoming.external_id}).one_or_none()
    return None if row is None else TurnAnswer.model_validate({**row.answer, "duplicate": True})


def _answer(change: Change, row: Row[Any], draft: _Draft, turn: LiveTurn) -> TurnAnswer:
    """Keep alerts, links and promises, tell the streams, and return it all."""
    fresh = not draft.talk.subjects.issuperset(draft.subjects)
    linked = link(change.connection, conversation_of(row), draft.subjects, change.at) if fresh else ()
    alerts = _tell_alerts(change, draft)  # behind the links: what was told before raises an alert
    signals = _with_protocols(draft, turn, alerts)
    made = promises_of(change.connection, row.id) if signals.promises else ()
    brought = news(signals, Known(facts_of(row), checks_of(row), made))
    for item in linked:
        change.append(row.id, row.client_id, "linked", as_json(item))
    promises = _keep_promises(change, row, brought.promises)
    _tell(change, row, signals, brought)
    return TurnAnswer(
        turn=turn,
        alerts=alerts,
        facts=brought.facts,
        checks=brought.checks,
        promises=promises,
        linked=linked,
        degraded=draft.signals.degraded,
        pending=() if draft.look is None else (CLASSIFIER_LAYER,),
    )


def _with_protocols(draft: _Draft, turn: LiveTurn, alerts: Sequence[LiveAlert]) -> Signals:
    """The signals, with what the protocols of the alerts that stand forbid in the agent's turn."""
    if turn.role != "agent" or not alerts:
        return draft.signals
    found = find_against_protocols(turn.text, turn.index, alerts)
    told = tuple(in_agents_language(check, draft.language) for check in found)
    known = draft.signals.checks
    return replace(draft.signals, checks=(*known, *(check for check in told if check not in known)))


def _tell_alerts(change: Change, draft: _Draft) -> tuple[LiveAlert, ...]:
    """Keep what is certain now; return the alerts that stand."""
    if draft.turn.role == "agent" or (draft.look is not None and not draft.signals.alerts):
        return keep_alerts(change, draft.talk.conversation, ())
    return keep_raised(change, draft.talk.conversation, draft.turns, draft.signals.alerts, draft.settings)


def _keep_promises(change: Change, row: Row[Any], promises: Sequence[Promise]) -> tuple[LivePromise, ...]:
    kept = tuple(
        LivePromise(**dict(promise), id=new_id("pr"), client_id=row.client_id, conversation_id=row.id)
        for promise in promises
    )
    for promise in kept:
        values = {**dict(promise), "created_at": change.at}
        change.connection.execute(insert(tables.promises).values(values))
        change.append(row.id, row.client_id, "promise", as_json(promise))
    return kept


def _tell(change: Change, row: Row[Any], signals: Signals, brought: News) -> None:
    if brought.facts:
        known = {"facts": [as_json(fact) for fact in signals.facts]}
        change.append(row.id, row.client_id, "facts", {**known, "new": [as_json(f) for f in brought.facts]})
    for check in brought.checks:
        change.append(row.id, row.client_id, "check", as_json(check))


def _insert_turn(change: Change, row: Row[Any], turn: LiveTurn, answer: TurnAnswer) -> None:
    change.connection.execute(
        _ADD_TURN,
        {
            "id": turn.id,
            "client_id": row.client_id,
            "conversation_id": row.id,
            "index": turn.index,
            "role": turn.role,
            "text": turn.text,
            "said_at": turn.at,
            "received_at": turn.received_at,
            "external_id": turn.external_id,
            "answer": as_json(answer),
        },
    )


def _set(change: Change, row: Row[Any], turn: LiveTurn, draft: _Draft, answer: TurnAnswer) -> None:
    """Keep what is known now, and say when the background should look."""
    due = _due(change, row, turn, draft)
    looked = turn.role == "customer" and draft.look is None
    change.set(
        row.id,
        turn_count=turn.index + 1,
        state="open",
        facts=[as_json(fact) for fact in draft.signals.facts],
        checks=[*row.checks, *(as_json(check) for check in answer.checks)],
        degraded=list(draft.signals.degraded) if looked else row.degraded,
        advice_due_at=due.at,
        advice_since=due.since,
    )


@dataclass(frozen=True, slots=True)
class _Due:
    """When the background is to look at the conversation, and since when somebody waits for it."""

    at: datetime | None = None
    since: datetime | None = None


def _due(change: Change, row: Row[Any], turn: LiveTurn, draft: _Draft) -> _Due:
    """When the background is to look: after the agent's own turn no more.

    Unless the classifier has not judged yet what the agent answered: this process may end before it does.
    """
    if turn.role == "agent":
        return _Due() if draft.talk.is_judged else _Due(row.advice_due_at, row.advice_since)
    if not any(item.role == "customer" for item in draft.turns):
        return _Due()
    since = row.advice_since or change.at
    return _Due(min(change.at + DEBOUNCE, max(since + PATIENCE, change.at)), since)


# -- after the transaction


def _remember(desk: Desk, draft: _Draft, turn: LiveTurn) -> None:
    talk = draft.talk
    if turn.index != draft.turn.index:
        desk.recent.forget(talk.conversation.id)
        return
    now = Talk(
        conversation=talk.conversation,
        turns=draft.turns,
        subjects=talk.subjects.union(draft.subjects),
        suspected=draft.suspected,
        judged=turn.index if _is_judged(draft) else talk.judged,
    )
    desk.recent.keep(now)


def _is_judged(draft: _Draft) -> bool:
    return draft.turn.role == "customer" and draft.look is None and not draft.signals.degraded


def _follow(desk: Desk, draft: _Draft, answer: TurnAnswer, seen: Detection) -> None:
    try:
        _follow_up(desk, draft, answer, seen)
    except SQLAlchemyError as error:  # the background looks at the conversation again
        log().error("late alerts not kept", kind=type(error).__name__)
        return
    if not seen.degraded:
        desk.recent.note_judged(draft.talk.conversation.id, answer.turn.index)


def _alarm(desk: Desk, draft: _Draft) -> None:
    """Tell the suspicion as an alert: the classifier takes too long."""
    try:
        with desk.journal.changing() as change:
            keep_raised(change, draft.talk.conversation, draft.turns, draft.undecided, draft.settings)
    except SQLAlchemyError as error:  # the classifier still looks, and so does the background
        log().error("suspicion not kept", kind=type(error).__name__)


def _follow_up(desk: Desk, draft: _Draft, answer: TurnAnswer, seen: Detection) -> None:
    """Tell what was seen after the answer had left; nothing is written where it is nothing new."""
    conversation = draft.talk.conversation
    alerts = renumbered_alerts(seen.alerts, as_spoken(draft.turns))
    if seen.degraded or _has_more(alerts, answer.alerts) or _is_known(desk, draft):
        with desk.journal.changing() as change:
            keep_raised(change, conversation, draft.turns, alerts, draft.settings)
            if seen.degraded:
                change.set(conversation.id, degraded=list(seen.degraded))
                about = {"turn_index": answer.turn.index, "degraded": list(seen.degraded)}
                change.append(conversation.id, conversation.client_id, "degraded", about)
    for part in seen.degraded:
        desk.count_degraded(part)


def _is_known(desk: Desk, draft: _Draft) -> bool:
    """Whether an earlier complaint about the same subject may raise what was seen."""
    if draft.settings is None:
        return False
    with reading(desk.engine) as connection:
        return earlier_complaint(connection, draft.talk.conversation.id) is not None


def _has_more(alerts: Sequence[Alert], told: Sequence[Alert]) -> bool:
    """Whether an alert tells of another danger than those told, of a worse one or of other services."""
    known = {family(alert.category): alert for alert in told}
    return any(_is_more(alert, known.get(family(alert.category))) for alert in alerts)


def _is_more(alert: Alert, known: Alert | None) -> bool:
    if known is None or rank(alert.level) > rank(known.level):
        return True
    return alert.level == known.level and needs_other_services(alert, known.services)
