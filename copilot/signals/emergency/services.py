"""Emergency numbers from the reviewed table: by region, by danger, with the client's own on top."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import yaml

from copilot.conversation import Conversation
from copilot.language import detect_language, fold
from knowledge.model import ClientSettings

_LAST_MESSAGES = 30  # of the customer's tell where he is


@dataclass(frozen=True, slots=True)
class Addition:
    """One more service when `words` are found in a danger of `categories`."""

    categories: frozenset[str]
    role: str
    words: re.Pattern[str]
    first: bool


@dataclass(frozen=True, slots=True)
class ServiceTable:
    """The reviewed table: numbers by region and role, roles by category."""

    regions: Mapping[str, Mapping[str, str]]
    region_words: tuple[tuple[str, re.Pattern[str]], ...]
    cantonese: re.Pattern[str]
    by_timezone: Mapping[str, str]
    default_region: str
    roles: Mapping[str, tuple[str, ...]]
    additions: tuple[Addition, ...]


def _any_of(words: list[str]) -> re.Pattern[str]:
    return re.compile(
        "|".join(rf"(?<![a-z]){re.escape(w)}" if w.isascii() else re.escape(w) for w in map(str, words))
    )


@lru_cache(maxsize=1)
def service_table() -> ServiceTable:
    """The table of the package, read once."""
    file = files(__package__).joinpath("services.yaml")
    raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    return ServiceTable(
        regions=raw["regions"],
        region_words=tuple((region, _any_of(words)) for region, words in raw["region_words"].items()),
        cantonese=_any_of(raw["cantonese"]),
        by_timezone=raw["by_timezone"],
        default_region=raw["default_region"],
        roles={category: tuple(roles) for category, roles in raw["roles"].items()},
        additions=tuple(
            Addition(frozenset(row["categories"]), row["role"], _any_of(row["words"]), bool(row.get("first")))
            for row in raw["also"]
        ),
    )


@dataclass(frozen=True, slots=True)
class _Marks:
    """What a message says about where it comes from: the regions that it names, and Cantonese."""

    regions: frozenset[str]
    cantonese: bool


@lru_cache(maxsize=2048)  # a growing conversation is asked again with every new message
def _marks(text: str) -> _Marks:
    table, words = service_table(), fold(text)
    named = frozenset(region for region, pattern in table.region_words if pattern.search(words))
    return _Marks(named, table.cantonese.search(words) is not None)


def region_of(conversation: Conversation, settings: ClientSettings | None) -> str:
    """Where help must come from: what the customer says, then the client's time zone, then the script.

    The time zone that stands for a client that names none says nothing.
    """
    return _region(spoken(conversation), settings)


def _region(said: Sequence[str], settings: ClientSettings | None) -> str:
    table, marks = service_table(), [_marks(text) for text in said[-_LAST_MESSAGES:]]
    for region, _ in table.region_words:
        if any(region in mark.regions for mark in marks):
            return region
    by_client = table.by_timezone.get(settings.timezone) if settings else None
    if by_client and settings and (settings.located or by_client != table.default_region):
        return by_client
    return _by_script(said, marks) or by_client or table.default_region


def _by_script(said: Sequence[str], marks: Sequence[_Marks]) -> str | None:
    """Where people write so: Cantonese in Hong Kong, other Traditional text in Taiwan."""
    if any(mark.cantonese for mark in marks):
        return "HK"
    return "TW" if detect_language(words_of(said)) == "zh-Hant" else None


def spoken(conversation: Conversation) -> tuple[str, ...]:
    """The customer's messages, oldest first."""
    return tuple(turn.text for turn in conversation.customer_turns)


def words_of(said: Sequence[str]) -> str:
    """The customer's last messages together, unfolded: the script tells the region."""
    return "\n".join(said[-_LAST_MESSAGES:])


def numbers(conversation: Conversation, settings: ClientSettings | None) -> dict[str, str]:
    """Role → number for this conversation, the client's own numbers first."""
    return numbers_for(spoken(conversation), settings)


def numbers_for(said: Sequence[str], settings: ClientSettings | None) -> dict[str, str]:
    """Role → number for who wrote these messages, the client's own numbers first."""
    chosen = dict(service_table().regions[_region(said, settings)])
    if settings:
        chosen |= {str(role): str(number) for role, number in settings.emergency_services.items()}
    return chosen


def elsewhere_for(said: Sequence[str], settings: ClientSettings | None) -> Mapping[str, str]:
    """Role → number of the place whose script the customer writes, where the client is on the mainland.

    A traveller writes as at home, and somebody at home may write to a company abroad: both are named.
    """
    table, marks = service_table(), [_marks(text) for text in said[-_LAST_MESSAGES:]]
    by_script = _by_script(said, marks)
    at_home = settings is not None and settings.located and _region(said, settings) == table.default_region
    return table.regions[by_script] if at_home and by_script else {}


def services_for(category: str, text: str, chosen: Mapping[str, str]) -> tuple[str, ...]:
    """The numbers of a danger, most needed first, each once; `text` may call for one more."""
    table = service_table()
    roles = list(table.roles.get(category, ("police",)))
    folded = fold(text)
    for addition in table.additions:
        if category in addition.categories and addition.role not in roles and addition.words.search(folded):
            roles.insert(0 if addition.first else len(roles), addition.role)
    return tuple(dict.fromkeys(chosen[role] for role in roles if role in chosen))
