"""Starts the process that makes suggestions."""

from __future__ import annotations

from copilot.live.beside.adviser import Lines
from knowledge.lines import lines_to


def start_process(lines: int) -> Lines:
    """Start a process on the environment's settings that is asked on so many lines. Raise OSError.

    It ends when the lines are closed.
    """
    first, *asking = lines_to("copilot.live.beside.worker", lines + 1)
    return Lines(first, asking)
