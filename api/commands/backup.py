"""`copilot backup`: the SQLite database copied while it is in use, and copies compared."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from api.commands.opening import opened
from api.commands.settings import settings_for
from api.terminal import explained, fail, notes, out
from copilot.store.backup import BackupError, contents, contents_of_file, copy_sqlite


def run(file: Path, compare: bool, data_dir: Path | None) -> None:
    """Copy or compare; exit 1 where the copy cannot be made or differs."""
    with explained((BackupError, lambda error: (str(error),))), opened(settings_for(data_dir)) as copilot:
        if not compare:
            found = copy_sqlite(copilot.engine, file)
            out().print(f"{file}: {len(found)} tables, contents {_short(found)}")
            return
        here, there = contents(copilot.engine), contents_of_file(file)
    different = sorted(name for name in {*here, *there} if here.get(name) != there.get(name))
    if different:
        fail(f"{file} differs in {', '.join(different)}")
    notes().print(f"{file} holds what the database holds, contents {_short(here)}")


def _short(contents_by_table: Mapping[str, str]) -> str:
    lines = "\n".join(f"{name} {digest}" for name, digest in sorted(contents_by_table.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:16]
