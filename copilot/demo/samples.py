"""Where the shipped samples lie, and what a recorded case says."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from copilot.request import AssistRequest


class RecordedCase(BaseModel):
    """A recorded conversation and what must be done in it; `earlier` came before, at the same client."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    case: int
    title: dict[str, str]
    expect: tuple[str, ...]
    request: AssistRequest
    earlier: tuple[AssistRequest, ...] = ()


def samples_folder() -> Path:
    """Return the folder of the sample clients, in the source tree or in the installed package."""
    return Path(str(files("knowledge"))) / "samples"


def sample_clients() -> tuple[Path, ...]:
    """Return the folders of the sample clients, by name."""
    return tuple(sorted(path.parent for path in samples_folder().glob("*/client.yaml")))


def recorded_cases() -> tuple[RecordedCase, ...]:
    """Return the recorded cases by number."""
    paths = sorted((samples_folder() / "demo").glob("case*.json"))
    return tuple(RecordedCase.model_validate_json(path.read_bytes()) for path in paths)
