"""Which installation each data set needs: its own client folders, the neutral clients, its documents.

Data sets with different client folders get installations of their own, so that two clients who share an
id in two data sets never meet.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path

import yaml

from evals.cases import RetrievalCase
from evals.datasets import Collection, DataSet, DataSetError, Problem
from evals.observation import client_of
from evals.product import World

CLIENT_FILE = "client.yaml"


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What replaces the data set's own knowledge: a client folder (or a folder of them), a matrix."""

    knowledge: Path | None = None
    authority: Path | None = None


@dataclass(frozen=True, slots=True)
class Housed:
    """A data set with the world that its cases run in, and what could not be housed."""

    data_set: DataSet
    world: World
    problems: tuple[Problem, ...] = ()


def _client_id(folder: Path) -> str:
    """The id in client.yaml; without one the folder's name."""
    path = folder / CLIENT_FILE
    if not path.is_file():
        return folder.name
    try:
        value = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        return folder.name  # the import reports what is wrong with the file
    return str(value["id"]) if isinstance(value, dict) and value.get("id") else folder.name


def _is_client(folder: Path) -> bool:
    return folder.is_dir() and any(
        (folder / name).exists() for name in (CLIENT_FILE, "articles", "authority.yaml")
    )


def client_folders(root: Path) -> dict[str, Path]:
    """Return client id → folder for `root` itself or the folders in it."""
    folders = [root] if _is_client(root) else sorted(path for path in root.iterdir() if _is_client(path))
    return {_client_id(folder): folder for folder in folders}


def _package_folders(package: str, *inside: str) -> dict[str, Path]:
    """Client folders shipped in a package."""
    with as_file(files(package).joinpath(*inside)) as root:
        return client_folders(root) if root.is_dir() else {}


def sample_clients() -> dict[str, Path]:
    """Return the folders of the sample clients."""
    return _package_folders("knowledge", "samples")


def neutral_clients() -> dict[str, Path]:
    """Return the folders of the clients that have nothing of their own."""
    return _package_folders("evals", "data", "neutral")


def base_id(name: str) -> str:
    """Return the client id under which a retrieval base is imported."""
    stem = name.rpartition("/")[2].removesuffix("_kb")
    return "base-" + (re.sub(r"[^A-Za-z0-9_.-]", "-", stem)[:48] or "documents")


def _own_folders(data_set: DataSet, samples: Mapping[str, Path]) -> dict[str, Path]:
    """The folder with `clients/` beside the data; the sample clients where there is none."""
    if data_set.clients is None:
        return dict(samples)
    if not data_set.clients.is_dir():
        raise DataSetError(f"{data_set.path}: no client folders at {data_set.clients}")
    return client_folders(data_set.clients)


def _staged(folders: Mapping[str, Path], changes: WhatIf, target: Path) -> dict[str, Path]:
    """Copies of the folders with the replacements in place; the originals are never written to."""
    folders = {**folders, **(client_folders(changes.knowledge) if changes.knowledge else {})}
    if changes.authority is None:
        return folders
    value = yaml.safe_load(changes.authority.read_text("utf-8"))
    client = value.get("client") if isinstance(value, dict) else None
    if client not in folders:
        raise DataSetError(f"{changes.authority}: client {client!r} is in none of the data sets")
    copy = target / str(client)
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folders[client], copy)
    shutil.copyfile(changes.authority, copy / "authority.yaml")
    return {**folders, client: copy}


def _name(folders: Mapping[str, Path], documents: Mapping[str, Path]) -> str:
    """A name that stays the same between runs, so that knowledge is embedded once."""
    places = [f"{client}={path.resolve()}" for client, path in sorted({**folders, **documents}.items())]
    return hashlib.sha256("\n".join(places).encode()).hexdigest()[:12]


def _needed(data_set: DataSet, folders: Mapping[str, Path]) -> dict[str, Path]:
    """Service conversations need all clients of their set; the rest only those they name."""
    named = {client for case in data_set.cases if (client := client_of(case)) is not None}
    neutral = neutral_clients()
    if named <= neutral.keys():
        return {client: neutral[client] for client in sorted(named)}
    return {**folders, **{client: path for client, path in neutral.items() if client in named}}


def _strangers(data_set: DataSet, folders: Mapping[str, Path]) -> Iterator[Problem]:
    for case in data_set.cases:
        client = client_of(case)
        if client is not None and client not in folders:
            path, _, line = case.where.rpartition(":")
            known = ", ".join(sorted(folders))
            yield Problem(
                path, int(line or 0), f"{case.id}: no folder for client {client!r} (there are: {known})"
            )


def _without_strangers(data_set: DataSet, folders: Mapping[str, Path]) -> DataSet:
    cases = tuple(case for case in data_set.cases if client_of(case) is None or client_of(case) in folders)
    return replace(data_set, cases=cases)


def _documents_of(data_set: DataSet, sets: Sequence[DataSet]) -> dict[str, Path]:
    wanted = {case.base for case in data_set.cases if isinstance(case, RetrievalCase)}
    return {base_id(s.name): s.path for s in sets if s.name in wanted}


def house(collection: Collection, work_dir: Path, changes: WhatIf) -> tuple[Housed, ...]:
    """Return every data set that has cases with its world; raises DataSetError where folders are missing."""
    samples = sample_clients()
    housed = []
    for data_set in collection.sets:
        if not data_set.cases:
            continue
        documents = _documents_of(data_set, collection.sets)
        folders = _needed(data_set, _staged(_own_folders(data_set, samples), changes, work_dir / "what-if"))
        problems = tuple(_strangers(data_set, folders))
        name = _name(folders, documents)
        world = World(name, work_dir / "worlds" / name, folders, documents)
        housed.append(Housed(_without_strangers(data_set, folders), world, problems))
    return tuple(housed)
