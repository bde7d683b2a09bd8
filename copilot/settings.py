"""The only reader of the environment: `COPILOT_*` variables or a `.env` file."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ChatwootAccess(BaseModel):
    """A client's Chatwoot installation, and the token of who writes the notes there."""

    model_config = ConfigDict(frozen=True)

    url: str = Field(pattern=r"^https?://[^\s/?#]+")
    token: SecretStr


class Settings(BaseSettings):
    """All settings with their defaults; nothing needs to be set."""

    model_config = SettingsConfigDict(env_prefix="COPILOT_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(default=Path("copilot-data"), description="holds all state")
    database_url: SecretStr | None = Field(default=None, description="replaces the SQLite file")
    database_owner_url: SecretStr | None = Field(
        default=None, description="PostgreSQL as the tables' owner, for `copilot migrate` only"
    )
    llm_base_url: str | None = Field(default=None, description="any OpenAI-compatible endpoint")
    llm_api_key: SecretStr | None = None
    llm_model: str | None = Field(default=None, description="words suggestions")
    llm_escalation_model: str | None = Field(default=None, description="words escalations; default: nobody")
    llm_escalation_base_url: str | None = Field(default=None, description="default: COPILOT_LLM_BASE_URL")
    llm_escalation_api_key: SecretStr | None = None
    llm_second_reading_model: str | None = Field(
        default=None, description="reads for danger again; default: nobody"
    )
    llm_second_reading_base_url: str | None = Field(default=None, description="default: COPILOT_LLM_BASE_URL")
    llm_second_reading_api_key: SecretStr | None = None
    llm_judge_model: str | None = Field(default=None, description="may cut worded sentences; default: nobody")
    llm_judge_base_url: str | None = Field(default=None, description="default: COPILOT_LLM_BASE_URL")
    llm_judge_api_key: SecretStr | None = None
    llm_temperature: float | None = Field(default=None, ge=0, le=2, description="default: the server's")
    llm_deadline_seconds: float = Field(default=20.0, gt=0, description="then the composed answer is given")
    llm_first_token_seconds: float = Field(default=8.0, gt=0, description="the same until the first token")
    llm_max_input_tokens: int = Field(default=4_000, ge=1, description="ceiling of one call's prompt")
    llm_max_output_tokens: int = Field(default=700, ge=1, description="ceiling of one call's answer")
    embedding_base_url: str | None = Field(default=None, description="OpenAI-compatible /v1/embeddings")
    embedding_api_key: SecretStr | None = None
    embedding_model: str | None = None
    embedding_dimensions: int = Field(default=1536, ge=1, description="length of that endpoint's vectors")
    embedding_masked: bool = Field(
        default=True, description="personal data in customers' turns is masked before that endpoint sees them"
    )
    admin_key: SecretStr | None = Field(default=None, description="accepted as an admin key")
    threads: int | None = Field(default=None, ge=1, description="threads of the embedder; default: the cores")

    host: str = Field(default="127.0.0.1", description="address of the service")
    port: int = Field(default=8765, ge=0, le=65535, description="port of the service")
    token_secret: SecretStr | None = Field(
        default=None, description="signs sidebar tokens; default: a file in the data folder"
    )
    cors_origins: str = Field(default="", description="origins of browsers that may call the API, by comma")
    frame_ancestors: str = Field(
        default="",
        description="origins that may frame the sidebar, by comma; default: its own",
    )
    max_body_bytes: int = Field(default=16_000_000, ge=1, description="largest body of a call")
    max_upload_bytes: int = Field(default=64_000_000, ge=1, description="largest folder to import by API")
    rate_per_minute: int = Field(default=600, ge=1, description="calls a key may make in a minute")
    client_rate_per_minute: int = Field(default=3000, ge=1, description="calls about one client in a minute")
    rates_file: Path | None = Field(
        default=None, description="counts calls for several processes; `serve --workers` sets it"
    )
    webhook_rate_per_minute: int = Field(
        default=3000, ge=1, description="signed webhook calls from one address in a minute"
    )
    tokens_per_day: int | None = Field(
        default=None, ge=1, description="model tokens that one key may use up in a day (UTC)"
    )
    client_tokens_per_day: int | None = Field(
        default=None, ge=1, description="model tokens that may be used up for one client in a day (UTC)"
    )
    audit_days: int = Field(default=365, ge=1, description="days that the audit is kept")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")
    log_json: bool = Field(default=False, description="log lines as JSON even in a terminal")

    chatwoot_secret: SecretStr | None = Field(default=None, description="signs Chatwoot's webhook calls")
    chatwoot_inboxes: str = Field(
        default="", description="client of each account or inbox: `7:3=lulu, 7=xianda`, `*` for all"
    )
    chatwoot_tier: str = Field(default="L1", description="tier of the agents who answer in Chatwoot")
    chatwoot_allow_unsigned: bool = Field(
        default=False, description="accept unsigned calls of older Chatwoot installations"
    )
    chatwoot_notes: dict[str, ChatwootAccess] = Field(
        default={},
        description='suggestions as private notes: `{"lulu": {"url": "https://…", "token": "…"}}`',
    )

    @property
    def sqlite_path(self) -> Path:
        """Where the default database lives."""
        return self.data_dir / "copilot.sqlite3"

    @property
    def index_dir(self) -> Path:
        """Where the disposable vector index lives."""
        return self.data_dir / "index"

    @property
    def token_secret_path(self) -> Path:
        """Where the secret of sidebar tokens lives unless it is set."""
        return self.data_dir / "token-secret"

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """Origins of browsers that may call the API."""
        return _by_comma(self.cors_origins)

    @property
    def allowed_frames(self) -> tuple[str, ...]:
        """Origins that may show our pages in a frame."""
        return _by_comma(self.frame_ancestors)


def _by_comma(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
