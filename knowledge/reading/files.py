"""Bytes and text of a folder's files, within limits: nothing outside the folder, nothing that explodes."""

from __future__ import annotations

import zipfile
from pathlib import Path

from knowledge.reading.problem import Problem, ProblemError

MAX_FILE_BYTES = 20_000_000
MAX_UNZIPPED_BYTES = 200_000_000
MAX_UNZIPPED_FILES = 5_000

# The most frequent characters of Simplified and of Traditional text: the right decoding has the most of them.
_FREQUENT = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实这個們來為國說時會對於著過發後裡種經麼學現當沒動還進樣開從實，。：？、元"
)


def safe_path(path: Path, root: Path) -> Path:
    """Return `path` resolved; raise ProblemError where it leaves `root` (a link, `..`)."""
    resolved = path.resolve()
    if not resolved.is_relative_to(root.resolve()):
        raise ProblemError(Problem(str(path), "", "the link leaves the client's folder and is not followed"))
    return resolved


def read_bytes(path: Path, name: str) -> bytes:
    """Return the file's bytes; raise ProblemError where it is too large or unreadable."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise ProblemError(Problem(name, "", f"{size} bytes; a file may have at most {MAX_FILE_BYTES}"))
        return path.read_bytes()
    except OSError as error:
        raise ProblemError(Problem(name, "", f"cannot be read: {error.strerror or error}")) from error


def read_text(path: Path, name: str) -> str:
    """Return the file's text with Unix line ends, whatever encoding Chinese offices save it in."""
    return decode(read_bytes(path, name), name)


def decode(raw: bytes, name: str) -> str:
    """Return `raw` as text: UTF-8 or UTF-16 with a byte order mark, UTF-8, else GB18030 or Big5."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = _strict(raw, "utf-16")
    else:
        text = _strict(raw, "utf-8-sig")
        if text is None:
            candidates = [
                found for code in ("gb18030", "big5hkscs") if (found := _strict(raw, code)) is not None
            ]
            text = max(candidates, key=_plausible, default=None)
    if text is None or "\0" in text:
        raise ProblemError(
            Problem(name, _first_bad_line(raw), "is not text in UTF-8, UTF-16, GB18030 or Big5")
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def check_zip(path: Path, name: str) -> None:
    """Raise ProblemError where an office file is no zip archive or would unpack to too much."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ProblemError(Problem(name, "", "is damaged: not a readable office document")) from error
    if len(parts) > MAX_UNZIPPED_FILES or sum(part.file_size for part in parts) > MAX_UNZIPPED_BYTES:
        raise ProblemError(Problem(name, "", "unpacks to far more than a document has; it is not opened"))


def _strict(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _plausible(text: str) -> int:
    return sum(character in _FREQUENT for character in text)


def _first_bad_line(raw: bytes) -> str:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"line {raw[: error.start].count(10) + 1}"
    return f"line {raw[: raw.find(0)].count(10) + 1}"
