"""Where the judge is served: `COPILOT_JUDGE_*`, apart from the models that are judged."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from copilot.models.openai_compatible import Endpoint


class JudgeSettings(BaseSettings):
    """The judge of an evaluation; without model and base URL there is none."""

    model_config = SettingsConfigDict(
        env_prefix="COPILOT_JUDGE_", env_file=".env", extra="ignore", frozen=True
    )

    base_url: str | None = Field(default=None, description="any OpenAI-compatible endpoint")
    api_key: SecretStr | None = None
    model: str | None = Field(default=None, description="better not the model that is judged")
    temperature: float | None = Field(default=0.0, ge=0, le=2)
    deadline_seconds: float = Field(default=60.0, gt=0)
    max_input_tokens: int = Field(default=6_000, ge=1)
    tape: Path | None = Field(default=None, description="keeps opinions; default: in the work folder")

    def endpoint(self) -> Endpoint | None:
        """Return where the judge is served, None when nobody judges."""
        if not self.model or not self.base_url:
            return None
        return Endpoint(self.base_url, self.model, self.api_key, self.temperature)
