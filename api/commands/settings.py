"""The settings of a command: the environment's, with the options of the command line over them."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from api.terminal import fail
from copilot.settings import Settings


def settings_for(data_dir: Path | None = None) -> Settings:
    """Return the settings; end the command with clear lines where the environment's are wrong."""
    try:
        settings = Settings()
    except ValidationError as error:
        problems = [
            f"COPILOT_{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg']}"
            for item in error.errors(include_input=False)
        ]
        fail("the settings are not usable", *problems)
    return settings if data_dir is None else settings.model_copy(update={"data_dir": data_dir})
