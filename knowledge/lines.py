"""Lines to a process of our own: the one place that starts a module beside this process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from multiprocessing import Pipe
from multiprocessing.connection import Connection


def lines_to(module: str, count: int, environment: Mapping[str, str] | None = None) -> list[Connection]:
    """Start `python -m module` with the file descriptors of `count` lines; return our ends. Raise OSError.

    The process should end when they are closed. `environment` is added to ours.
    """
    pairs = [Pipe() for _ in range(count)]
    theirs = [there.fileno() for _, there in pairs]
    paths = os.pathsep.join(path for path in sys.path if path)
    try:
        process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", module, *map(str, theirs)],
            pass_fds=theirs,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": paths, **(environment or {})},
        )
    finally:
        for _, there in pairs:
            there.close()
    # So that nothing is left of it once it has ended.
    threading.Thread(target=process.wait, name=module, daemon=True).start()
    return [here for here, _ in pairs]
