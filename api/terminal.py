"""What commands share: readable output for people, JSON for pipes, errors as one clear line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from rich.console import Console

FAILED = 1


def out() -> Console:
    """Return the console of results; a pipe gets lines of 100 columns."""
    return Console(width=None if sys.stdout.isatty() else 100, soft_wrap=False, highlight=False)


def notes() -> Console:
    """Return the console of remarks and progress, on standard error."""
    return Console(stderr=True, highlight=False)


def for_people() -> bool:
    """Whether somebody reads standard output; else a program does, and gets JSON."""
    return sys.stdout.isatty()


def print_json(value: Any) -> None:
    """Write a value as JSON: coloured for people, plain for programs."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    if for_people():
        out().print_json(text, ensure_ascii=False)
    else:
        sys.stdout.write(text + "\n")


def fail(message: str, *hints: str) -> NoReturn:
    """End the command with one clear line and what to do about it."""
    console = notes()
    console.print(f"[bold red]error:[/] {_plain(message)}")
    for hint in hints:
        console.print(f"  {_plain(hint)}")
    raise typer.Exit(FAILED)


@contextmanager
def explained(*named: tuple[type[Exception], Callable[[Exception], tuple[str, ...]]]) -> Iterator[None]:
    """Turn named errors into clear lines; `named` says which, and in which words."""
    kinds = tuple(kind for kind, _ in named)
    try:
        yield
    except kinds as error:
        words = next(say for kind, say in named if isinstance(error, kind))
        fail(*words(error))


def _plain(text: str) -> str:
    """Return text whose brackets are no markup."""
    return text.replace("[", "\\[")
