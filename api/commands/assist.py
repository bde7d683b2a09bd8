"""`copilot assist`: one conversation in, the answer out."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from api.commands.opening import opened
from api.commands.settings import settings_for
from api.problems import problem_of
from api.terminal import explained, fail, print_json
from copilot.editing import UnknownClientError
from copilot.request import AssistRequest


def run(file: str, data_dir: Path | None) -> None:
    """Print the answer; end with clear lines where the request is wrong."""
    request = parsed(read(file))
    with opened(settings_for(data_dir)) as copilot:
        known = ", ".join(copilot.knowledge.clients()) or "none; run `copilot import FOLDER`"
        hint = f"imported clients: {known}"
        with explained((UnknownClientError, lambda _: (f"client {request.client_id!r} is not known", hint))):
            answer = copilot.pipeline.assist(request.conversation(), request.want)
    print_json(answer.model_dump(mode="json"))


def read(file: str) -> bytes:
    """Return the request's bytes from the file, or from standard input for `-`."""
    if file == "-":
        return sys.stdin.buffer.read()
    with explained((OSError, lambda e: (f"{file} cannot be read: {getattr(e, 'strerror', None) or e}",))):
        return Path(file).read_bytes()


def parsed(raw: bytes) -> AssistRequest:
    """Return the request; end the command naming every field that is wrong."""
    try:
        json.loads(raw)  # names the place, which the validation of broken JSON does not
        return AssistRequest.model_validate_json(raw)
    except json.JSONDecodeError as error:
        fail("the request is no JSON", f"line {error.lineno}, column {error.colno}: {error.msg}")
    except (UnicodeDecodeError, RecursionError):
        fail("the request is no JSON in UTF-8")
    except ValidationError as error:
        items = [{**item, "loc": ("body", *item["loc"])} for item in error.errors(include_input=False)]
        problem = problem_of(RequestValidationError(items))
        fail("the request is not as expected", *(f"{item.path}: {item.message}" for item in problem.errors))
