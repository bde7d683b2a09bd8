"""What scorers read from a case and its answer, so that each scorer is only its own question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from copilot.answer import Alert, Answer, Suggestion
from evals.cases import FIXED_CLOCK, ConversationCase, RecordedCase, last_time
from evals.evidence import Material, Sources, gather
from evals.matching import normalise
from evals.observation import Observation
from evals.scorers.lexicon import lexicon
from evals.scorers.mark import Seen
from knowledge.model import Article, ClientKnowledge

ANSWERABLE = ("resolve", "escalate", "injection")


def talk_of(seen: Seen) -> ConversationCase | RecordedCase | None:
    """Return the case when it is a service conversation, labelled or not."""
    return seen.case if isinstance(seen.case, ConversationCase | RecordedCase) else None


def suggestions_of(seen: Seen) -> tuple[Suggestion, ...]:
    """Return the suggestions of the last answer; none after a failure."""
    answer = seen.observation.answer
    return answer.suggestions if answer else ()


def text_of(suggestion: Suggestion) -> str:
    """Return `reply` and `steps` together, as contract and reference matcher judge them."""
    return "\n".join((suggestion.reply, *suggestion.steps))


def abstention_text(answer: Answer) -> str:
    """Return what an abstention says and collects."""
    return "" if answer.abstained is None else "\n".join((answer.abstained.say, *answer.abstained.collect))


def protocol_text(alert: Alert) -> str:
    """Return what an alert tells the agent to do and say."""
    return "\n".join((alert.protocol.say, *alert.protocol.steps))


def shown_text(seen: Seen) -> str:
    """Return what the agent would act on first: the first suggestion, else an emergency's protocol."""
    if suggestions := suggestions_of(seen):
        return text_of(suggestions[0])
    answer = seen.observation.answer
    alerts = answer.alerts if answer else ()
    return "\n".join(protocol_text(alert) for alert in alerts if alert.level == "emergency")


def is_emergency(observation: Observation) -> bool:
    """Whether the last answer raises an emergency: then the protocol comes before any suggestion."""
    answer = observation.answer
    return bool(answer) and any(alert.level == "emergency" for alert in answer.alerts) if answer else False


def alerts_by_turn(observation: Observation) -> Iterator[tuple[int, tuple[Alert, ...]]]:
    """Yield (turn index, alerts after that turn)."""
    for look in observation.looks:
        yield look.turn_index, look.answer.alerts


def now_of(case: ConversationCase | RecordedCase) -> datetime:
    """Return the moment at which the case is judged."""
    return case.now or last_time(case.turns) or FIXED_CLOCK


def today_of(case: ConversationCase | RecordedCase, own: ClientKnowledge) -> date:
    """Return the client's local day."""
    return now_of(case).astimezone(ZoneInfo(own.settings.timezone)).date()


@lru_cache(maxsize=8192)  # every case is compared with every article of the installation
def _normal(text: str) -> str:
    return normalise(text)


def article_text(article: Article) -> str:
    """Return title and body as quotes are searched in."""
    return _normal(f"{article.title}\n{article.body}")


def cited_ids(suggestion: Suggestion) -> tuple[str, ...]:
    """Return the ids of the cited articles, in order, each once."""
    return tuple(dict.fromkeys(citation.article_id for citation in suggestion.citations))


def _authority_lines(own: ClientKnowledge) -> Iterator[str]:
    for rule in own.authority.rules:
        numbers = (rule.max, rule.valid_days, *rule.extra.values())
        yield " ".join(str(v) for v in (rule.per_user, rule.note, *numbers) if v is not None)


def _settings_lines(own: ClientKnowledge) -> Iterator[str]:
    settings = own.settings
    yield from (str(value) for value in settings.business_hours.values())
    yield from settings.emergency_protocol
    yield from settings.emergency_services.values()
    for contact in settings.contacts.values():
        yield f"{contact.name} {contact.target_minutes} {contact.hours}"
        yield f"{contact.deliver_to} {contact.channel}"
    for level in settings.priorities.values():
        yield f"{level.definition} {level.client_response_minutes} {level.agent_must_report_minutes}"
    unknown = settings.unknown_topic
    yield from (text for text in (unknown.say, unknown.do, *unknown.collect) if text)


def _known_to_case(case: ConversationCase | RecordedCase) -> Iterator[str]:
    if isinstance(case, ConversationCase):
        yield from (derived.value for derived in case.derived)
        yield from (alternative for group in case.must_include for alternative in group)


def sources_of(
    case: ConversationCase | RecordedCase, own: ClientKnowledge, suggestions: Sequence[Suggestion]
) -> Sources:
    """Return everything that a text for this case may rest on: the talk, cited articles, limits, settings."""
    cited = dict.fromkeys(citation.article_id for s in suggestions for citation in s.citations)
    articles = (own.articles[name] for name in cited if name in own.articles)
    zone = ZoneInfo(own.settings.timezone)
    material = Material(
        talk=tuple(turn.text for turn in case.turns),
        quotes=tuple(citation.quote for s in suggestions for citation in s.citations),
        rules=(
            *(f"{article.title}\n{article.body}" for article in articles),
            *_authority_lines(own),
            *_settings_lines(own),
            *_known_to_case(case),
        ),
        codes=(*own.articles, *own.precedents, *lexicon().services),
        moments=tuple(turn.at.astimezone(zone) for turn in case.turns if turn.at is not None),
        now=now_of(case).astimezone(zone),
    )
    return gather(material)
