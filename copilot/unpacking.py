"""A zipped client folder, unpacked within limits: nothing outside, no links, no bombs."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path, PurePosixPath

from knowledge.reading.problem import Problem, ProblemError

MAX_FILES = 20_000
MAX_BYTES = 400_000_000
MAX_RATIO = 200  # text packs 3 to 10 times; a bomb a thousand times
_RATIO_COUNTS_FROM = 1_000_000
_CHUNK = 1 << 16


def unpack(archive: Path, target: Path) -> Path:
    """Unpack into `target` and return the client's folder in it (the archive may hold it as its only folder).

    Raise ProblemError where the archive is damaged, encrypted or refused.
    """
    target.mkdir(parents=True)
    try:
        with zipfile.ZipFile(archive) as source:
            members = [info for info in source.infolist() if not info.is_dir()]
            _check(members)
            left = MAX_BYTES
            for member in members:
                left = _extract(source, member, target, left)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise ProblemError(Problem("", "", "is no readable zip archive (damaged or encrypted)")) from error
    return _client_folder(target)


def _check(members: list[zipfile.ZipInfo]) -> None:
    """Refuse by what the archive says of itself; what it really holds is counted while unpacking."""
    if len(members) > MAX_FILES:
        raise ProblemError(Problem("", "", f"holds {len(members)} files; at most {MAX_FILES} are read"))
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or "\0" in member.filename:
            raise ProblemError(
                Problem(member.filename[:200], "", "leaves the folder; the archive is refused")
            )
        if stat.S_ISLNK(member.external_attr >> 16):
            raise ProblemError(Problem(member.filename[:200], "", "is a link; the archive is refused"))


def _extract(source: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, left: int) -> int:
    """Unpack one file; return how many bytes the others may still have."""
    path = target / PurePosixPath(member.filename.replace("\\", "/"))
    limit = min(left, max(member.compress_size * MAX_RATIO, _RATIO_COUNTS_FROM))
    written = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with source.open(member) as packed, path.open("wb") as file:
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            if written > limit:
                raise ProblemError(Problem(member.filename[:200], "", "unpacks to far more than it says"))
            file.write(chunk)
    return left - written


def _client_folder(target: Path) -> Path:
    """Return the only folder of the archive where that holds everything, else the archive's root."""
    inside = [path for path in target.iterdir() if path.name not in {"__MACOSX", ".DS_Store"}]
    lone = inside[0] if len(inside) == 1 and inside[0].is_dir() and inside[0].name != "articles" else None
    return lone or target
