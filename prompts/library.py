"""Prompt files: strict about their variables, known by version and content, stable part first.

A file has YAML front matter (`name`, `version`, `owner`, `language`, `purpose`, `variables`) and two parts
under the headings `# system` and `# user`. The system part may only use `stable` variables, which change
with the client and never with the conversation: providers then find their prompt caches filled.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

_FRONT = re.compile(r"\A---\n(?P<head>.*?)\n---\n(?P<body>.*)\Z", re.DOTALL)
_PARTS = re.compile(r"\A\s*# system\n(?P<system>.*?)\n# user\n(?P<user>.*)\Z", re.DOTALL)
_SLOT = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")


class PromptError(ValueError):
    """A prompt file that is not usable, or values that do not fit it."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A prompt filled for one call. `label` is what is stored: name, version and content hash."""

    label: str
    system: str
    user: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file. `stable` variables may stand in the system part, `varying` only in the user part."""

    name: str
    version: str
    owner: str
    language: str
    purpose: str
    stable: frozenset[str]
    varying: frozenset[str]
    system: str
    user: str
    content_hash: str

    @property
    def label(self) -> str:
        """Name, version and content hash, e.g. `suggestion.zh@1#0f3a9c21`."""
        return f"{self.name}@{self.version}#{self.content_hash}"

    def render(self, values: Mapping[str, str]) -> Rendered:
        """Return the prompt with every variable filled. Raise PromptError for a missing or unknown one.

        Values are put in once and never read again: what looks like a variable in them stays as it is.
        """
        declared = self.stable | self.varying
        if missing := sorted(declared - values.keys()):
            raise PromptError(f"{self.name}: no value for {', '.join(missing)}")
        if unknown := sorted(values.keys() - declared):
            raise PromptError(f"{self.name}: does not use {', '.join(unknown)}")
        return Rendered(self.label, _filled(self.system, values), _filled(self.user, values))


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda slot: values[slot[1]], text).strip()


def names() -> tuple[str, ...]:
    """Return the names of all prompts."""
    folder = files(__package__)
    return tuple(sorted(f.name.removesuffix(".md") for f in folder.iterdir() if f.name.endswith(".md")))


@lru_cache(maxsize=32)
def load(name: str) -> Prompt:
    """Return the prompt `name`. Raise PromptError where the file is missing or breaks its own rules."""
    try:
        text = files(__package__).joinpath(f"{name}.md").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PromptError(f"there is no prompt {name}") from None
    return read(name, text)


def read(name: str, text: str) -> Prompt:
    """Return the prompt that `text` is. Raise PromptError."""
    front = _FRONT.match(text.replace("\r\n", "\n"))
    parts = _PARTS.match(front["body"]) if front else None
    if front is None or parts is None:
        raise PromptError(f"{name}: needs front matter and the parts # system and # user")
    head: dict[str, Any] = yaml.safe_load(front["head"])
    if lacking := [key for key in ("name", "version", "owner", "language", "purpose") if not head.get(key)]:
        raise PromptError(f"{name}: front matter lacks {', '.join(lacking)}")
    if head["name"] != name:
        raise PromptError(f"{name}: calls itself {head['name']}")
    prompt = Prompt(
        name=name,
        version=str(head["version"]),
        owner=str(head["owner"]),
        language=str(head["language"]),
        purpose=str(head["purpose"]),
        stable=frozenset(head.get("stable") or ()),
        varying=frozenset(head.get("varying") or ()),
        system=parts["system"].strip(),
        user=parts["user"].strip(),
        content_hash=hashlib.sha256(front["body"].encode()).hexdigest()[:8],
    )
    _check(prompt)
    return prompt


def _check(prompt: Prompt) -> None:
    in_system = set(_SLOT.findall(prompt.system))
    in_user = set(_SLOT.findall(prompt.user))
    if wrong := sorted(in_system - prompt.stable):
        raise PromptError(f"{prompt.name}: {', '.join(wrong)} of the system part is not stable")
    if unused := sorted((prompt.stable | prompt.varying) - in_system - in_user):
        raise PromptError(f"{prompt.name}: never uses {', '.join(unused)}")
    if undeclared := sorted(in_user - prompt.stable - prompt.varying):
        raise PromptError(f"{prompt.name}: does not declare {', '.join(undeclared)}")
