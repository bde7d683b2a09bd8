"""The only reader of the environment: `COPILOT_*` variables or a `.env` file."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """All settings with their defaults; nothing needs to be set."""

    model_config = SettingsConfigDict(env_prefix="COPILOT_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(default=Path("copilot-data"), description="holds all state")
    database_url: SecretStr | None = Field(default=None, description="replaces the SQLite file")
    llm_base_url: str | None = Field(default=None, description="any OpenAI-compatible endpoint")
    llm_api_key: SecretStr | None = None
    llm_model: str | None = None
    embedding_base_url: str | None = Field(default=None, description="OpenAI-compatible /v1/embeddings")
    embedding_api_key: SecretStr | None = None
    embedding_model: str | None = None
    admin_key: SecretStr | None = Field(default=None, description="accepted as an admin key")
    threads: int | None = Field(default=None, ge=1, description="threads of the embedder; default: the cores")

    @property
    def sqlite_path(self) -> Path:
        """Where the default database lives."""
        return self.data_dir / "copilot.sqlite3"

    @property
    def index_dir(self) -> Path:
        """Where the disposable vector index lives."""
        return self.data_dir / "index"
