"""`copilot doctor`: each part tried, with what to do where it does not work."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import typer
from pydantic import SecretStr
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from api.commands.settings import settings_for
from api.terminal import FAILED, for_people, out, print_json
from copilot.access.keys import Keys
from copilot.assembly import Copilot, assemble
from copilot.demo.samples import recorded_cases, sample_clients
from copilot.models.chat import Fault
from copilot.models.probing import Probed, probe
from copilot.settings import Settings
from copilot.store.migrating import SchemaError
from copilot.store.protection import role_of, unprotected
from knowledge.embedding import EmbeddingError
from knowledge.store.engine import reaching, reading

State = Literal["ok", "note", "wrong"]
_LOW_DISK_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `do` says how to mend it."""

    part: str
    state: State
    what: str
    do: str = ""


def run(data_dir: Path | None) -> None:
    """Print the findings and the settings; exit 1 where something is wrong."""
    settings = settings_for(data_dir)
    findings = tuple(examine(settings))
    if for_people():
        _show(findings, settings)
    else:
        print_json({"findings": [asdict(item) for item in findings], "settings": masked(settings)})
    if any(item.state == "wrong" for item in findings):
        raise typer.Exit(FAILED)


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what each part is like."""
    yield _python()
    yield _disk(settings)
    yield from _product(settings)
    yield from _model(settings)
    yield _samples()


def masked(settings: Settings) -> dict[str, str]:
    """Return every setting as its variable; secrets say only whether they are set."""
    return {
        f"COPILOT_{name.upper()}": _value(getattr(settings, name)) for name in type(settings).model_fields
    }


def _value(value: object) -> str:
    if value is None or value == "":
        return "(not set)"
    return "(set, hidden)" if isinstance(value, SecretStr) else str(value)


def _python() -> Finding:
    return Finding("Python", "ok", ".".join(str(part) for part in sys.version_info[:3]))


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir.resolve()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    what = f"{folder}, {free // 1_000_000} MB free"
    if free < _LOW_DISK_BYTES:
        return Finding("Data folder", "wrong", what, "free some space or set COPILOT_DATA_DIR")
    return Finding("Data folder", "ok", what)


def _product(settings: Settings) -> Iterator[Finding]:
    with reaching(None):
        yield from _parts(settings)


def _parts(settings: Settings) -> Iterator[Finding]:
    try:
        copilot = assemble(settings)
    except SchemaError as error:
        yield Finding("Database", "wrong", str(error), "copilot migrate")
        return
    except (SQLAlchemyError, OSError, ValueError) as error:
        yield Finding(
            "Database",
            "wrong",
            f"cannot be opened: {type(error).__name__}",
            "check COPILOT_DATABASE_URL (PostgreSQL: the extra `postgres`) or the rights of the data folder",
        )
        return
    try:
        yield Finding("Database", "ok", copilot.engine.dialect.name)
        if copilot.engine.dialect.name == "postgresql":
            yield _clients_apart(copilot)
        yield from (check(copilot) for check in _CHECKS)
    finally:
        copilot.close()


def _clients_apart(copilot: Copilot) -> Finding:
    """Whether the database itself keeps clients apart from the role that the service uses."""
    part = "Clients apart"
    with reading(copilot.engine) as connection:
        open_tables, role = unprotected(connection), role_of(connection)
    if open_tables:
        return Finding(part, "wrong", f"no row-level security on {', '.join(open_tables)}", "copilot migrate")
    if role.stands_above:
        what = f"the role {role.name} is above row-level security"
        return Finding(part, "wrong", what, "give the service a role that is no superuser")
    if role.owns:
        what = f"the role {role.name} owns tables and could lift their row-level security"
        return Finding(part, "note", what, "give the service a role that owns nothing (docs/operations.md)")
    return Finding(part, "ok", f"row-level security; {role.name} owns nothing")


def _keys(copilot: Copilot) -> Finding:
    if copilot.settings.admin_key is not None or Keys(copilot.engine).exist():
        return Finding("Keys", "ok", "calls need a key")
    return Finding(
        "Keys",
        "note",
        "none: the service listens on loopback only",
        "copilot keys create --name admin --role admin",
    )


def _clients(copilot: Copilot) -> Finding:
    clients = copilot.knowledge.clients()
    if clients:
        return Finding("Clients", "ok", ", ".join(clients))
    return Finding("Clients", "note", "none imported", "copilot import FOLDER")


def _embedder(copilot: Copilot) -> Finding:
    try:
        vectors = copilot.knowledge.embed_queries(["我的退款怎么还没到"])
    except EmbeddingError as error:
        return Finding("Embeddings", "wrong", str(error), "reinstall the package, or set COPILOT_EMBEDDING_*")
    return Finding("Embeddings", "ok", f"{vectors.shape[1]} dimensions")


_CHECKS: tuple[Callable[[Copilot], Finding], ...] = (_keys, _clients, _embedder)


def _model(settings: Settings) -> Iterator[Finding]:
    if bool(settings.llm_base_url) != bool(settings.llm_model):
        yield Finding(
            "Model", "wrong", "half set", "set both COPILOT_LLM_BASE_URL and COPILOT_LLM_MODEL, or neither"
        )
        return
    tried = tuple(probe(settings))
    if not tried:
        yield Finding("Model", "note", "none: suggestions are composed from the knowledge (embedded mode)")
    yield from map(_probed, tried)


def _probed(found: Probed) -> Finding:
    part = f"Model ({', '.join(found.purposes)})"
    where = f"{found.endpoint.model} at {found.endpoint.base_url}"
    if found.fault is not None:
        return Finding(part, "wrong", f"{where}: {found.fault}", _MODEL_CURES[found.fault])
    structured = {"schema": "strict JSON schema", "json": "JSON without schema", "plain": "plain text"}
    return Finding(part, "ok", f"{where}, {found.milliseconds:.0f} ms, {structured[found.form]}")


_MODEL_CURES: dict[Fault, str] = {
    "deadline": "the server is slow: raise COPILOT_LLM_DEADLINE_SECONDS or use a smaller model",
    "first_token": "the server is slow to begin: raise COPILOT_LLM_FIRST_TOKEN_SECONDS, or let it warm up",
    "rate_limited": "the provider limits calls: wait, or ask for a higher limit",
    "unavailable": "nothing answers there: check COPILOT_LLM_BASE_URL (it ends with /v1 for most servers)",
    "refused": "check COPILOT_LLM_API_KEY and COPILOT_LLM_MODEL",
    "cut": "the connection broke: check proxies on the way",
    "malformed": "what answers is no OpenAI-compatible server: check COPILOT_LLM_BASE_URL",
    "empty": "the model says nothing: check COPILOT_LLM_MODEL",
    "too_long": "the model does not stop: check its chat template",
    "budget": "raise COPILOT_LLM_MAX_INPUT_TOKENS",
    "circuit_open": "try again",
    "cancelled": "try again",
}


def _samples() -> Finding:
    clients, cases = len(sample_clients()), len(recorded_cases())
    if clients and cases:
        return Finding("Samples", "ok", f"{clients} clients, {cases} recorded cases")
    return Finding("Samples", "wrong", "the package does not hold its samples", "reinstall the package")


def _show(findings: tuple[Finding, ...], settings: Settings) -> None:
    console = out()
    marks = {"ok": "[green]✓[/]", "note": "[yellow]·[/]", "wrong": "[bold red]✗[/]"}
    table = Table("", "part", "what", "what to do", box=None, padding=(0, 2, 0, 0))
    for item in findings:
        table.add_row(marks[item.state], item.part, item.what, item.do)
    console.print(table)
    values = Table("setting", "value", box=None, padding=(0, 2, 0, 0), title="settings", title_justify="left")
    for name, value in masked(settings).items():
        values.add_row(name, value)
    console.print(values)
