"""Starts the process that makes suggestions."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from multiprocessing import Pipe

from copilot.live.beside.adviser import Lines


def start_process(lines: int) -> Lines:
    """Start a process on the environment's settings that is asked on so many lines. Raise OSError.

    It ends when the lines are closed.
    """
    pairs = [Pipe() for _ in range(lines + 1)]
    theirs = [there.fileno() for _, there in pairs]
    paths = os.pathsep.join(path for path in sys.path if path)
    try:
        process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "copilot.live.beside.worker", *map(str, theirs)],
            pass_fds=theirs,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": paths},
        )
    finally:
        for _, there in pairs:
            there.close()
    # So that nothing is left of it once it has ended.
    threading.Thread(target=process.wait, name="advice-process", daemon=True).start()
    first, *asking = (here for here, _ in pairs)
    return Lines(first, asking)
