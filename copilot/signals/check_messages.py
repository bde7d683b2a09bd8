"""What a check says, in the language of the agent: the client's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from copilot.answer import Check
from copilot.language import in_script, language_of
from copilot.signals.material import material

_PART = re.compile(r"\\\{(\w+)\\\}")


@dataclass(frozen=True, slots=True)
class _Message:
    """A message as checks build it, as a pattern, and its English template."""

    pattern: re.Pattern[str]
    english: str


@lru_cache(maxsize=1)
def _messages() -> tuple[_Message, ...]:
    return tuple(
        _Message(re.compile(_PART.sub(r"(?P<\1>.*)", re.escape(built)), re.DOTALL), english)
        for built, english in material("check_messages").data["messages"].items()
    )


def in_agents_language(check: Check, language: str) -> Check:
    """Return `check` with its message in the language of the client (a tag such as zh-Hant)."""
    said = _spoken(check.message, language)
    return check if said == check.message else check.model_copy(update={"message": said})


@lru_cache(maxsize=2048)  # what was found in earlier turns is said again with every new one
def _spoken(message: str, language: str) -> str:
    spoken = language_of(language)
    return _in_english(message) if spoken == "en" else in_script(message, spoken)


def _in_english(message: str) -> str:
    """The English of a message; one that is not listed (a client's own) stays as it is."""
    for known in _messages():
        found = known.pattern.fullmatch(message)
        if found is not None:
            parts = found.groupdict()
            if "missing" in parts:
                parts["missing"] = _elements(parts["missing"])
            return known.english.format_map(parts)
    return message


def _elements(names: str) -> str:
    known = material("check_messages").data["elements"]
    return ", ".join(known.get(name, name) for name in names.split("、"))
