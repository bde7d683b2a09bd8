"""What a standing protocol forbids the agent to say: its lines, and the kernel of each in other words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from copilot.answer import AlertLevel
from copilot.language import fold

_QUOTED = "quoted"


@dataclass(frozen=True, slots=True)
class _Kernel:
    """What several lines say in other words. `in_emergency_only`: an urgent matter may be told so."""

    lines: frozenset[str]
    pattern: re.Pattern[str]
    in_emergency_only: bool


@lru_cache(maxsize=1)
def _raw() -> Mapping[str, Any]:
    file = files(__package__).joinpath("never_say.yaml")
    raw: Mapping[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return raw


@lru_cache(maxsize=1)
def _kernels() -> tuple[_Kernel, ...]:
    return tuple(
        _Kernel(
            lines=frozenset(fold(line) for line in row["lines"]),
            pattern=re.compile("|".join(row["patterns"])),
            in_emergency_only=bool(row.get("in_emergency_only", False)),
        )
        for name, row in _raw().items()
        if name != _QUOTED
    )


@lru_cache(maxsize=1)
def _quoted() -> re.Pattern[str]:
    return re.compile(str(_raw()[_QUOTED]), re.IGNORECASE)


def _kernel_of(line: str) -> _Kernel | None:
    return next((kernel for kernel in _kernels() if fold(line) in kernel.lines), None)


@lru_cache(maxsize=256)
def forbidden_by(line: str) -> re.Pattern[str]:
    """Return what to look for in folded text: the kernel of a reviewed line, else its exact words."""
    kernel = _kernel_of(line)
    exact = re.escape(fold(line.strip()))
    return re.compile(exact if kernel is None else f"{exact}|{kernel.pattern.pattern}")


def holding_at(lines: Iterable[str], level: AlertLevel) -> tuple[str, ...]:
    """Return the lines that a protocol of this level forbids."""
    kernels = ((line, _kernel_of(line)) for line in lines)
    return tuple(
        line
        for line, kernel in kernels
        if level == "emergency" or kernel is None or not kernel.in_emergency_only
    )


def quoted_in(steps: Iterable[str]) -> tuple[str, ...]:
    """Return the words that a client's own steps forbid (不说“稍后回电”)."""
    return tuple(dict.fromkeys(words for step in steps for words in _quoted().findall(step)))
