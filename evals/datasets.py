"""Reads data sets: the kind of a file is told by its name or by a `dataset.yaml` beside it.

A line that cannot be read is a problem with path and line; the other lines still count.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar, assert_never

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from evals.cases import (
    Case,
    CaseValue,
    ConversationCase,
    EmergencyCase,
    EscalationCase,
    PromiseCase,
    RetrievalCase,
    StockCase,
)
from evals.recordings import read_recording

Kind = Literal[
    "emergency",
    "conversations",
    "escalations",
    "stock_phrases",
    "promises",
    "documents",
    "queries",
    "recorded",
    "ignore",
]

_KIND_BY_NAME: tuple[tuple[str, Kind], ...] = (
    (r"emergency.*\.jsonl", "emergency"),
    (r"conversations.*\.jsonl", "conversations"),
    (r"escalations.*\.jsonl", "escalations"),
    (r"stock_phrases.*\.jsonl", "stock_phrases"),
    (r"promises.*\.jsonl", "promises"),
    (r".*_kb\.jsonl", "documents"),
    (r".*_queries\.jsonl", "queries"),
    (r"gold.*\.jsonl", "ignore"),  # answer keys that lie beside a set
    (r"(recorded|chatwoot).*\.(jsonl|csv|json)", "recorded"),
)
_DATA_SUFFIXES = (".jsonl", ".csv", ".json")
MANIFEST = "dataset.yaml"


class DataSetError(Exception):
    """The path cannot be read as a data set at all."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One line (or file) that could not be used, and why. Line 0 is the whole file."""

    path: str
    line: int
    cause: str

    def __str__(self) -> str:
        """Return `path:line: cause`, as an editor jumps to it."""
        return f"{self.path}:{self.line}: {self.cause}" if self.line else f"{self.path}: {self.cause}"


class Document(BaseModel):
    """One document of a plain retrieval set."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    doc_id: str
    title: str = ""
    text: str
    lang: str = ""


class Manifest(BaseModel):
    """`dataset.yaml`: one `kind` for all files or `files: {name: kind}`; where the client folders are.

    `client` and `inboxes` (inbox name: client) say whose traffic an export is. `held_out`: patterns of files
    below that are read only where they (or a folder further down) are named themselves.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Kind | None = None
    files: Mapping[str, Kind] = {}
    clients: str | None = None
    client: str | None = None
    inboxes: Mapping[str, str] = {}
    held_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataSet:
    """The cases of one file, with the client folders or the documents that they need."""

    name: str
    path: Path
    cases: tuple[Case, ...] = ()
    clients: Path | None = None
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """Everything that was read, and everything that could not be."""

    sets: tuple[DataSet, ...]
    problems: tuple[Problem, ...]

    @property
    def cases(self) -> tuple[Case, ...]:
        """All cases in reading order."""
        return tuple(case for data_set in self.sets for case in data_set.cases)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    kind: Kind
    manifest: Manifest
    name: str


@dataclass(frozen=True, slots=True)
class _Lines:
    values: tuple[Any, ...]
    problems: tuple[Problem, ...]


M = TypeVar("M", bound=BaseModel)


def _manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    if not path.is_file():
        return Manifest()
    try:
        return Manifest.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
    except (yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
        raise DataSetError(f"{path}: {_cause(error)}") from error


def kind_of(name: str, manifest: Manifest) -> Kind | None:
    """Return the kind of the file `name`, None when neither its name nor the manifest tells."""
    if name in manifest.files:
        return manifest.files[name]
    by_name = next((kind for pattern, kind in _KIND_BY_NAME if re.fullmatch(pattern, name)), None)
    return by_name or manifest.kind


def _data_files(root: Path) -> Iterator[Path]:
    """Data files below `root`; client folders and hidden folders hold no cases."""
    if root.is_file():
        yield root
        return
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root).parts
        if "clients" in inside[:-1] or any(part.startswith(".") for part in inside):
            continue
        if path.is_file() and path.suffix in _DATA_SUFFIXES and not _held_out(path, root):
            yield path


def _held_out(path: Path, root: Path) -> bool:
    """Whether a manifest between the named folder and the file keeps it for a final measurement."""
    folders = [folder for folder in path.parents if folder == root or root in folder.parents]
    return any(
        path.relative_to(folder).match(pattern)
        for folder in folders
        for pattern in _manifest(folder).held_out
    )


def _clients_near(path: Path, manifest: Manifest) -> Path | None:
    if manifest.clients is not None:
        return (path.parent / manifest.clients).resolve()
    beside = path.parent / "clients"
    return beside if beside.is_dir() else None


def _cause(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "line"
        return f"{where}: {first['msg']}"
    return str(error).splitlines()[0]


def _read_lines(path: Path, model: type[M]) -> tuple[list[tuple[int, M]], list[Problem]]:
    values: list[tuple[int, M]] = []
    problems: list[Problem] = []
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return [], [Problem(str(path), 0, _cause(error))]
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            values.append((number, model.model_validate(json.loads(line))))
        except (json.JSONDecodeError, ValidationError) as error:
            problems.append(Problem(str(path), number, _cause(error)))
    return values, problems


def _model_of(kind: Kind) -> type[CaseValue] | None:  # noqa: PLR0911 - one line a kind
    match kind:
        case "emergency":
            return EmergencyCase
        case "conversations":
            return ConversationCase
        case "escalations":
            return EscalationCase
        case "stock_phrases":
            return StockCase
        case "promises":
            return PromiseCase
        case "queries":
            return RetrievalCase
        case "documents" | "recorded" | "ignore":
            return None
        case _:
            assert_never(kind)


def _repeated_ids(cases: Sequence[CaseValue]) -> Iterator[Problem]:
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            path, _, line = case.where.rpartition(":")
            yield Problem(path, int(line), f"id {case.id!r} occurs twice; only the first counts")
        seen.add(case.id)


def _first_of_each_id(cases: Iterable[CaseValue]) -> tuple[CaseValue, ...]:
    unique: dict[str, CaseValue] = {}
    for case in cases:
        unique.setdefault(case.id, case)
    return tuple(unique.values())


def _read_cases(file: _File, model: type[CaseValue]) -> tuple[tuple[CaseValue, ...], tuple[Problem, ...]]:
    lines, problems = _read_lines(file.path, model)
    placed = [
        case.model_copy(update={"set": file.name, "where": f"{file.path}:{number}"}) for number, case in lines
    ]
    return _first_of_each_id(placed), (*problems, *_repeated_ids(placed))


def _read_file(file: _File) -> tuple[DataSet, tuple[EscalationCase, ...], tuple[Problem, ...]]:
    clients = _clients_near(file.path, file.manifest)
    empty = DataSet(file.name, file.path, clients=clients)
    if file.kind == "documents":
        documents, problems = _read_lines(file.path, Document)
        return replace(empty, documents=tuple(document for _, document in documents)), (), tuple(problems)
    if file.kind == "recorded":
        recording = read_recording(file.path, file.name, file.manifest.client, file.manifest.inboxes)
        found = tuple(Problem(str(file.path), fault.line, fault.cause) for fault in recording.faults)
        return replace(empty, cases=recording.cases), (), found
    model = _model_of(file.kind)
    if model is None:
        return empty, (), ()
    cases, found = _read_cases(file, model)
    escalations = tuple(case for case in cases if isinstance(case, EscalationCase))
    runnable = tuple(
        case
        for case in cases
        if isinstance(case, EmergencyCase | ConversationCase | StockCase | PromiseCase | RetrievalCase)
    )
    return replace(empty, cases=runnable), escalations, found


def _join(
    sets: Sequence[DataSet], escalations: Mapping[tuple[Path, str], EscalationCase]
) -> tuple[tuple[DataSet, ...], tuple[Problem, ...]]:
    """Give each conversation its escalation: the one of the same id in the same folder."""
    used: set[tuple[Path, str]] = set()
    joined = []
    for data_set in sets:
        cases: list[Case] = []
        for case in data_set.cases:
            key = (data_set.path.parent, case.id)
            if isinstance(case, ConversationCase) and key in escalations:
                used.add(key)
                cases.append(case.model_copy(update={"escalation": escalations[key]}))
            else:
                cases.append(case)
        joined.append(replace(data_set, cases=tuple(cases)))
    orphans = tuple(
        Problem(*_place(escalation.where), f"no conversation with id {escalation.id!r} beside it")
        for key, escalation in escalations.items()
        if key not in used
    )
    return tuple(joined), orphans


def _place(where: str) -> tuple[str, int]:
    path, _, line = where.rpartition(":")
    return path, int(line)


def _bind_documents(sets: Sequence[DataSet]) -> tuple[tuple[DataSet, ...], tuple[Problem, ...]]:
    """`X_queries.jsonl` asks `X_kb.jsonl` (`X_test_queries` also asks `X_kb`)."""
    bases = {
        (s.path.parent, s.path.name.removesuffix("_kb.jsonl")): s.name
        for s in sets
        if s.path.name.endswith("_kb.jsonl")
    }
    bound, problems = [], []
    for data_set in sets:
        if not any(isinstance(case, RetrievalCase) for case in data_set.cases):
            bound.append(data_set)
            continue
        stem = data_set.path.name.removesuffix("_queries.jsonl")
        names = [
            name
            for (parent, key), name in bases.items()
            if parent == data_set.path.parent and stem.startswith(key)
        ]
        if not names:
            problems.append(Problem(str(data_set.path), 0, f"no {stem}_kb.jsonl beside it"))
            continue
        cases = tuple(case.model_copy(update={"base": max(names, key=len)}) for case in data_set.cases)
        bound.append(replace(data_set, cases=cases))
    return tuple(bound), tuple(problems)


def _with_companions(paths: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """(file, root) pairs; a conversations file brings its escalations, queries their documents."""
    seen: set[Path] = set()
    for root in paths:
        if not root.exists():
            raise DataSetError(f"{root}: no such file or folder")
        found = list(_data_files(root))
        if root.is_file():
            companions = {
                root.with_name(root.name.replace("conversations", "escalations")),
                root.with_name(root.name.replace("escalations", "conversations")),
                root.with_name(root.name.replace("_queries", "_kb")),
            }
            found.extend(sorted(path for path in companions if path.is_file() and path != root))
        for path in found:
            resolved = path.resolve()
            if resolved not in seen:
                seen.add(resolved)
                yield path, root


def _files(paths: Sequence[Path]) -> tuple[list[_File], list[Problem]]:
    files: list[_File] = []
    problems: list[Problem] = []
    for path, _root in _with_companions(paths):
        manifest = _manifest(path.parent)
        kind = kind_of(path.name, manifest)
        if kind is None:
            hint = f"kind unknown; rename it (emergency*.jsonl, conversations*.jsonl, …) or add {MANIFEST}"
            problems.append(Problem(str(path), 0, hint))
        elif kind != "ignore":
            files.append(_File(path, kind, manifest, f"{path.resolve().parent.name}/{path.stem}"))
    return files, problems


def read_collection(paths: Sequence[Path]) -> Collection:
    """Return the data sets of all `paths` (files or folders); raises DataSetError for a missing path."""
    files, problems = _files(paths)
    sets: list[DataSet] = []
    escalations: dict[tuple[Path, str], EscalationCase] = {}
    for file in files:
        data_set, found, faults = _read_file(file)
        sets.append(data_set)
        problems.extend(faults)
        escalations.update({(file.path.parent, escalation.id): escalation for escalation in found})
    joined, orphans = _join(sets, escalations)
    bound, unbound = _bind_documents(joined)
    return Collection(bound, (*problems, *orphans, *unbound))


def read_documents(path: Path) -> tuple[Document, ...]:
    """Return the documents of a `*_kb.jsonl`; unreadable lines are left out (and reported before)."""
    return tuple(document for _, document in _read_lines(path, Document)[0])
