"""From findings of all layers to alerts: one per danger, most serious first, none lowered."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from copilot.answer import Alert, AlertLevel
from copilot.conversation import Conversation, Turn
from copilot.language import detect_language, language_of
from copilot.signals.emergency import official, rules
from copilot.signals.emergency.classifier import ClassifierError, Judgement, judge
from copilot.signals.emergency.features import FloatArray
from copilot.signals.emergency.finding import Detection, Finding, family, rank
from copilot.signals.emergency.protocols import Wording, before_authority, is_held, is_riding, protocol_for
from copilot.signals.emergency.rules import Match, Reading, RuleBaseError, unread
from copilot.signals.emergency.services import elsewhere_for, numbers_for, services_for, spoken, words_of
from knowledge.model import ClientSettings

RULES_LAYER = "emergency_rules"
CLASSIFIER_LAYER = "emergency_classifier"
# Probabilities chosen on leave-one-batch-out predictions and on real ordinary talk: docs/emergencies.md.
ALARM = 0.55  # from here the classifier raises alone, when some word speaks of danger
ALARM_BODILY = 0.55  # the same for harm to bodies, whatever the words: ordinary talk does not resemble it
ALARM_HINTED = 0.60  # the same for the rest (money, goods, words), when a word only hints at danger
ALARM_UNSPOKEN = 0.70  # the same when no word does
# At least this for what formless mild talk and account trouble lie near to, whatever the words.
ALARM_AT_LEAST = {"self_harm": 0.65, "data_leak": 0.85, "regulator_media_safety": 0.75, "threat": 0.75}
ASSENT = 0.55  # from here it lets an uncertain rule raise
ASSENT_BRIEF = 0.40  # the same for a blunt short message, of which a vector says little
_CRY = 24  # characters: 「快报警」, "call 911"; a vector of so little says nothing
_LATIN_WORD = re.compile(r"[A-Za-z'’]+[ ]?")
_AS_LONG_AS_A_WORD = "字字字"  # a Latin word says as much as so many Chinese characters
SEVERE = 0.45  # P(emergency given an alert) from which it is called an emergency
# An emergency hides every other matter: where no word speaks of danger, a less sure classifier says urgent.
SURE = 0.80
SURE_BODILY = 0.72  # the same for harm to bodies
_RULE_TURNS = 200  # the live service keeps earlier alerts; a stateless look reads this far back
_JOINED_TURNS = 3  # danger spread over this many messages in a row is read as one

# What people do to people: when it is over and somebody complains of it, nobody is in danger now.
_OVER = frozenset(
    {"stalking", "kidnapping", "dangerous_driving", "sexual_harassment", "assault", "stranded", "trapped"}
    | {"accident_no_injury"}
)
_AFTERWARDS = "safety_complaint"
_SCRAPE = "accident_no_injury"

# Harm to bodies, done or about to be.
_BODILY = frozenset(
    {"medical", "accident_injury", "fire_gas_battery", "poisoning_allergy", "trapped", "dangerous_driving"}
    | {"kidnapping", "assault", "stalking", "sexual_harassment", "missing_person", "vulnerable_person"}
)

# Where nobody is in immediate danger, whatever else the turn tells.
_NEVER_IMMEDIATE = frozenset({"data_leak", "regulator_media_safety", "accident_no_injury"})

# Who keeps a thing left behind endangers nobody; who holds a child before a spoilt can does not either.
_THINGS = {
    rules.LOST_PROPERTY: (_AFTERWARDS,),
    rules.SPOILT: ("supplies_at_risk", "vulnerable_person"),
}

Reader = Callable[[str], Reading]
Judge = Callable[[Reading, FloatArray, Sequence[FloatArray]], Judgement]


@dataclass(frozen=True, slots=True)
class Layers:
    """The two layers; tests put failing ones in their place, measuring silences the first.

    `classifier_follows`: the classifier looks a moment later; until then only certain rules raise.
    """

    read: Reader = rules.read
    judge: Judge = judge
    only_classifier: bool = False
    classifier_follows: bool = False


@dataclass(frozen=True, slots=True)
class _Seen:
    """One customer turn as both layers saw it; None where a layer could not run."""

    turn: Turn
    reading: Reading | None
    judgement: Judgement | None


def _from_match(turn: Turn, match: Match, reading: Reading) -> Finding:
    situation = match.situation
    quote = reading.normalised.quote(match.start, match.end)
    return Finding(situation.level, situation.category, turn.index, quote, situation.reason, "rules")


def _assents(seen: _Seen, layers: Layers) -> bool:
    """Whether the classifier sees enough danger for an uncertain rule, or cannot object."""
    if seen.judgement is None or seen.reading is None:
        return not layers.classifier_follows
    return seen.judgement.alert >= (ASSENT_BRIEF if rules.BRIEF in seen.reading.classes else ASSENT)


def _is_cry(text: str) -> bool:
    return len(_LATIN_WORD.sub(_AS_LONG_AS_A_WORD, text)) <= _CRY


def _doubted(situation: rules.Situation, seen: _Seen) -> bool:
    """Whether the classifier speaks against a certain situation; of a mere cry it has no say."""
    if seen.reading is not None and rules.BRIEF in seen.reading.classes and _is_cry(seen.turn.text):
        return False
    return seen.judgement is not None and seen.judgement.alert < situation.doubt


def _stands(situation: rules.Situation, seen: _Seen, layers: Layers) -> bool:
    """Whether a situation raises alone: a certain one that no classifier, if it can be heard, doubts."""
    awaited = situation.doubt > 0 and seen.judgement is None and layers.classifier_follows
    return situation.certain and not awaited and not _doubted(situation, seen)


def _raises(situation: rules.Situation, seen: _Seen, layers: Layers) -> bool:
    return _stands(situation, seen, layers) or _assents(seen, layers)


def _from_rules(seen: _Seen, layers: Layers) -> list[Finding]:
    """What the rules raise: certain situations alone, the others where the classifier does not object."""
    if seen.reading is None:
        return []
    raised = [match for match in seen.reading.matches if _raises(match.situation, seen, layers)]
    request = official.find(seen.turn.index, seen.reading.normalised)
    return ([request] if request else []) + [_from_match(seen.turn, m, seen.reading) for m in raised]


def _outspoken(seen: _Seen) -> bool:
    return seen.reading is not None and seen.reading.outspoken


def _alarm(seen: _Seen, category: str) -> float:
    """From which probability the classifier raises this turn alone."""
    hinted = seen.reading is not None and seen.reading.hinted
    by_words = ALARM if _outspoken(seen) else ALARM_HINTED if hinted else ALARM_UNSPOKEN
    if category in _BODILY:
        return min(by_words, ALARM_BODILY)
    return max(by_words, ALARM_AT_LEAST.get(category, 0.0))


def _level(judgement: Judgement, *, outspoken: bool) -> AlertLevel:
    """What the classifier alone calls it."""
    sure = outspoken or judgement.alert >= (SURE_BODILY if judgement.category in _BODILY else SURE)
    immediate = judgement.severe >= SEVERE and judgement.category not in _NEVER_IMMEDIATE
    return "emergency" if sure and immediate else "urgent"


def _from_classifier(seen: _Seen) -> list[Finding]:
    if seen.judgement is None:
        return []
    category = seen.judgement.category
    if seen.judgement.alert < _alarm(seen, category):
        return []
    return [
        Finding(
            level=_level(seen.judgement, outspoken=_outspoken(seen)),
            category=category,
            turn_index=seen.turn.index,
            quote=seen.turn.text,
            reason=f"reads like {category} (p {seen.judgement.alert:.2f})",
            source="classifier",
            also=seen.judgement.also,
            unsure=seen.judgement.alert < SURE,
            spoken=_outspoken(seen),
        )
    ]


def _of_turn(seen: _Seen, layers: Layers) -> list[Finding]:
    """What both layers raise of one turn: one danger, named by a certain rule or else by the classifier."""
    by_rules = [] if layers.only_classifier else _from_rules(seen, layers)
    by_classifier = _from_classifier(seen)
    named = [finding for finding in by_rules if finding.category != official.CATEGORY]
    if not named or not by_classifier:
        return by_rules + by_classifier
    if _is_certain(seen):
        category = max(named, key=lambda f: rank(f.level)).category
        return by_rules + [replace(f, category=category, also=f.category) for f in by_classifier]
    category = by_classifier[0].category
    renamed = [replace(f, category=category, also=f.category) if f in named else f for f in by_rules]
    return renamed + by_classifier


def _habitual(reading: Reading) -> bool:
    """Whether it tells what somebody who serves does every time, not what goes on at this moment."""
    return reading.classes >= rules.HABITUAL and rules.GOING_ON not in reading.classes


def _afterwards(seen: Sequence[_Seen]) -> bool:
    """Whether the last of these turns tells, within a complaint, of what was over before, or of a habit."""
    if seen[-1].reading is None or rules.NOW in seen[-1].reading.classes:
        return False
    if _habitual(seen[-1].reading):
        return True
    classes = frozenset(name for one in seen if one.reading for name in one.reading.classes)
    return {rules.COMPLAINT, rules.EARLIER} <= classes and not _is_certain(seen[-1])


def _of_things(seen: Sequence[_Seen]) -> frozenset[str]:
    """The dangers that a talk about things does not hold, while no word of its last turn speaks of one."""
    if _outspoken(seen[-1]):
        return frozenset()
    classes = frozenset(name for one in seen if one.reading for name in one.reading.classes)
    return frozenset(category for name, group in _THINGS.items() if name in classes for category in group)


def _without_things(findings: Sequence[Finding], of_things: frozenset[str]) -> list[Finding]:
    """The findings but those that a talk about things does not hold: a matter of service.

    A rule that sees a shortage is no guess from a crying child.
    """
    guessed = [f for f in findings if f.source == "classifier" or f.category == _AFTERWARDS]
    mild = [f for f in guessed if f.level == "urgent" or f.unsure]
    return [f for f in findings if not (f in mild and f.category in of_things)]


def _told(findings: Sequence[Finding], *, afterwards: bool) -> list[Finding]:
    """The findings as they count: what is over is an urgent complaint about safety, still an alert.

    A mere guess about what is over is none, nor is a past scrape that hurt nobody.
    """
    if not afterwards:
        return list(findings)
    scrapes = [f for f in findings if f.category == _SCRAPE and f.source == "classifier"]
    return [
        replace(f, level="urgent", category=_AFTERWARDS, also=None, over=True)
        if f.category in _OVER or f.category == _AFTERWARDS
        else f
        for f in findings
        if not (f in scrapes or (f.unsure and f.category in _OVER))
    ]


def _is_certain(seen: _Seen) -> bool:
    matches = seen.reading.matches if seen.reading else ()
    return any(match.situation.certain and not _doubted(match.situation, seen) for match in matches)


def _joined(seen: Sequence[_Seen], layers: Layers) -> list[Finding]:
    """What only the last few messages together tell, told of the message that completes it."""
    found: list[Finding] = []
    for end in range(1, len(seen)):
        window = seen[max(0, end + 1 - _JOINED_TURNS) : end + 1]
        last = window[-1]
        if last.reading is None or any(part.reading and part.reading.matches for part in window):
            continue
        together = layers.read(" ".join(part.turn.text for part in window))
        found += [
            Finding(
                m.situation.level,
                m.situation.category,
                last.turn.index,
                last.turn.text,
                m.situation.reason,
                "rules",
            )
            for m in together.matches
            if _raises(m.situation, last, layers)
        ]
    return found


def _judged(
    turns: Sequence[Turn], readings: Mapping[int, Reading], vectors: Mapping[int, FloatArray], layers: Layers
) -> dict[int, Judgement]:
    judgements: dict[int, Judgement] = {}
    previous: list[FloatArray] = []
    for turn in turns:
        if turn.index not in vectors:
            continue
        reading = readings.get(turn.index) or unread(turn.text)
        judgements[turn.index] = layers.judge(reading, vectors[turn.index], tuple(previous))
        previous.append(vectors[turn.index])
    return judgements


def _named(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings but those that would make a second urgent alert of a danger raised before, by a guess."""
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (f.turn_index, f.unsure)):
        others = [family(before.category) for before in kept]
        if not (others and _is_guess(finding, others)):
            kept.append(finding)
    return tuple(kept)


def _is_guess(finding: Finding, others: Container[str]) -> bool:
    """Whether an urgent danger may be another name for one of `others`, raised before.

    So may one of which no word speaks, however sure: it is heard in what was said before.
    """
    if finding.level != "urgent" or family(finding.category) in others:
        return False
    meant = finding.source == "classifier" and finding.also is not None and family(finding.also) in others
    return finding.unsure or meant or not finding.spoken


def _danger(finding: Finding, known: Container[str]) -> str:
    """Which danger a finding tells of, one under several names.

    What is over is another one: a threat made now is no part of what happened last week.
    """
    name = family(finding.category)
    if finding.over or (name == "conduct" and "over" in known):
        return "over"
    other = {"conduct": "people", "people": "conduct"}.get(name, name)
    return other if other in known else name


def _merged(findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], ...]:
    """Findings of one danger together, each group in the order of the conversation."""
    groups: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=lambda f: f.turn_index):
        groups.setdefault(_danger(finding, groups), []).append(finding)
    return tuple(tuple(group) for group in groups.values())


def _services(
    worst: Finding, group: Sequence[Finding], said: Sequence[str], places: Sequence[Mapping[str, str]]
) -> tuple[str, ...]:
    """The numbers of the worst finding, then those of every other category its danger was given, by place."""
    words = words_of(said)
    alike = [finding for finding in group if finding.level == worst.level]
    named = (worst.category, *(f.category for f in alike), *(f.also for f in alike if f.also))
    categories = dict.fromkeys(named)
    return tuple(
        dict.fromkeys(n for place in places for c in categories for n in services_for(c, words, place))
    )


@dataclass(frozen=True, slots=True)
class _Talk:
    """All that a customer `said` to a client, and the turn from which on he is an `authority`."""

    said: tuple[str, ...]
    settings: ClientSettings | None
    authority: int | None = None


@lru_cache(maxsize=1024)  # while an alert stands, nothing of it changes until the customer writes again
def _alert(group: tuple[Finding, ...], first_words: str, talk: _Talk) -> Alert:
    """The alert of one danger that was first told of in `first_words`."""
    first, settings, said = group[0], talk.settings, talk.said
    worst = max(group, key=lambda f: (rank(f.level), f.source == "rules"))
    agent = language_of(settings.language) if settings else detect_language(first_words)
    customer = detect_language(first_words, agent)
    chosen = numbers_for(said, settings)
    wording = Wording(agent, customer, is_riding(said, settings), is_held(said))
    protocol = protocol_for(worst.category, chosen, settings, wording, worst.level)
    if talk.authority is not None and talk.authority <= first.turn_index:
        protocol = before_authority(protocol, worst.category, said, settings, wording)
    return Alert(
        level=worst.level,
        category=worst.category,
        turn_index=first.turn_index,
        quote=first.quote,
        services=_services(worst, group, said, (chosen, elsewhere_for(said, settings))),
        protocol=protocol,
        reason="; ".join(dict.fromkeys(f.reason for f in group)),
        sources=tuple(dict.fromkeys(f.source for f in group)),
    )


def _authority(findings: Sequence[Finding]) -> int | None:
    """The turn from which on the customer is an authority."""
    return min((f.turn_index for f in findings if f.category == official.CATEGORY), default=None)


def alert_of(finding: Finding, conversation: Conversation, settings: ClientSettings | None) -> Alert:
    """Return the alert that one finding makes alone."""
    first_words = conversation.turns[finding.turn_index].text
    return _alert((finding,), first_words, _Talk(spoken(conversation), settings))


def _observe(
    turns: Sequence[Turn], vectors: Mapping[int, FloatArray] | None, layers: Layers
) -> tuple[tuple[_Seen, ...], tuple[str, ...]]:
    """Every turn as the layers that can run see it, and the names of those that cannot."""
    degraded: list[str] = []
    readings: dict[int, Reading] = {}
    judgements: dict[int, Judgement] = {}
    try:
        readings = {turn.index: layers.read(turn.text) for turn in turns}
    except RuleBaseError:
        degraded.append(RULES_LAYER)
    try:
        if vectors is None:
            degraded += [] if layers.classifier_follows else [CLASSIFIER_LAYER]
        else:
            judgements = _judged(turns, readings, vectors, layers)
    except ClassifierError:
        degraded.append(CLASSIFIER_LAYER)
    seen = tuple(_Seen(turn, readings.get(turn.index), judgements.get(turn.index)) for turn in turns)
    return seen, tuple(degraded)


def _so_far(seen: Sequence[_Seen], layers: Layers) -> list[Finding]:
    """What the last of these turns tells in the light of the earlier ones."""
    found = _of_turn(seen[-1], layers)
    if not found:
        return []
    plain = _without_things(found, _of_things(seen))
    return _told(plain, afterwards=_afterwards(seen))


def detect(
    conversation: Conversation,
    vectors: Mapping[int, FloatArray] | None,
    settings: ClientSettings | None,
    earlier: Sequence[Alert] = (),
    layers: Layers | None = None,
) -> Detection:
    """Return every danger of the conversation.

    `vectors` maps turn indices to normalised 384-d query vectors; None means that embedding failed.
    `earlier` are alerts already raised here: they stay, whatever the later turns say.
    """
    layers = layers or Layers()
    turns = conversation.customer_turns
    talk = _Talk(tuple(turn.text for turn in turns), settings)
    if vectors is None:
        found = _by_rules(turns[-_RULE_TURNS:], talk, layers)
    else:
        found = _detected(turns[-_RULE_TURNS:], talk, layers, vectors)
    known = {family(alert.category) for alert in found.alerts}
    alerts = (*found.alerts, *(alert for alert in earlier if family(alert.category) not in known))
    return Detection(tuple(sorted(alerts, key=lambda a: (-rank(a.level), a.turn_index))), found.degraded)


@lru_cache(maxsize=512)  # nothing is new while the customer is silent
def _by_rules(turns: tuple[Turn, ...], talk: _Talk, layers: Layers) -> Detection:
    return _detected(turns, talk, layers, None)


def _detected(
    turns: tuple[Turn, ...], talk: _Talk, layers: Layers, vectors: Mapping[int, FloatArray] | None
) -> Detection:
    """What is told in these turns, of all that the customer said."""
    seen, degraded = _observe(turns, vectors, layers)
    findings = [finding for at in range(len(seen)) for finding in _so_far(seen[: at + 1], layers)]
    if not layers.only_classifier and RULES_LAYER not in degraded:
        findings += _joined(seen, layers)
    talk = replace(talk, authority=_authority(findings))
    texts = {turn.index: turn.text for turn in turns}
    groups = _merged(_named(findings))
    return Detection(tuple(_alert(group, texts[group[0].turn_index], talk) for group in groups), degraded)
