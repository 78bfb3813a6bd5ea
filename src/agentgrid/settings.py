"""Every setting of an installation, in one typed class.

Values come from environment variables and from a ``.env`` file in the working folder. The
four addresses carry the names the whole field uses (``DATABASE_URL``, ``REDIS_URL``, ...);
everything else starts with ``AGENTGRID_``. Only entry points read settings: the rest of
the code receives what it needs.
"""

from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MEBIBYTE = 1024 * 1024


def _plain(name: str) -> AliasChoices:
    return AliasChoices(name, f"AGENTGRID_{name}")


class Settings(BaseSettings):
    """The configuration of one AgentGrid process."""

    model_config = SettingsConfigDict(
        env_prefix="AGENTGRID_", env_file=".env", extra="ignore", populate_by_name=True
    )

    database_url: Annotated[
        str,
        Field(
            validation_alias=_plain("DATABASE_URL"),
            description="PostgreSQL 15 or newer with the pgvector extension.",
        ),
    ] = "postgresql://postgres@localhost:5432/agentgrid"
    redis_url: Annotated[
        str,
        Field(
            validation_alias=_plain("REDIS_URL"),
            description="Redis or Valkey: live streams, caches and limits.",
        ),
    ] = "redis://localhost:6379/0"
    celery_broker_url: Annotated[
        str,
        Field(
            validation_alias=_plain("CELERY_BROKER_URL"),
            description="Where background tasks are queued.",
        ),
    ] = "redis://localhost:6379/1"
    celery_result_backend: Annotated[
        str,
        Field(
            validation_alias=_plain("CELERY_RESULT_BACKEND"),
            description="Where the results of background tasks are kept.",
        ),
    ] = "redis://localhost:6379/2"

    environment: Annotated[
        Literal["local", "production"],
        Field(description="`production` logs JSON; `local` logs lines for people."),
    ] = "local"
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], Field(description="Least severe level shown.")
    ] = "INFO"
    secret_key: Annotated[
        SecretStr | None,
        Field(
            description="At least 32 characters. Signs tokens and encrypts provider keys. "
            "Without it, one is made and kept in the data folder."
        ),
    ] = None
    data_dir: Annotated[
        Path, Field(description="Where files, the embedded servers' data and logs are kept.")
    ] = Path.home() / ".agentgrid"
    storage_url: Annotated[
        str | None,
        Field(
            description="Where uploads are stored: `s3://bucket/prefix`, `az://container/prefix`, "
            "`gs://bucket/prefix` or `file:///folder`. Default: `files` in the data folder."
        ),
    ] = None

    local_model_url: Annotated[
        str | None,
        Field(description="OpenAI-compatible address of the bundled model; set by `agentgrid up`."),
    ] = None
    local_model_api_key: Annotated[
        SecretStr | None, Field(description="Key of the bundled model; set by `agentgrid up`.")
    ] = None
    models_dir: Annotated[
        Path | None,
        Field(description="Where model weights are kept. Default: `models` in the data folder."),
    ] = None

    access_token_minutes: Annotated[
        int, Field(ge=1, le=1440, description="Lifetime of an access token, in minutes.")
    ] = 15
    refresh_token_days: Annotated[
        int, Field(ge=1, le=365, description="Lifetime of a refresh token, in days.")
    ] = 30

    max_upload_bytes: Annotated[
        int, Field(ge=1, description="Largest knowledge file, in bytes.")
    ] = 50 * MEBIBYTE
    ocr: Annotated[
        Literal["auto", "off"],
        Field(
            description="`auto` reads scans and pictures where tesseract is installed; `off` "
            "leaves them out."
        ),
    ] = "auto"
    database_pool_size: Annotated[
        int, Field(ge=1, le=200, description="Database connections a process keeps open.")
    ] = 10
    model_timeout_seconds: Annotated[
        float, Field(gt=0, description="Longest silence of a language model before it is given up.")
    ] = 60.0
    model_concurrency: Annotated[
        int, Field(ge=1, description="Calls to one provider connection at the same time.")
    ] = 512
    web_allowed_hosts: Annotated[
        str,
        Field(
            description="Hosts of your own network that may be read as web pages, apart from the "
            "public internet: names (`wiki.corp`, `*.corp.example`), addresses or networks "
            "(`10.1.0.0/16`), each with or without `:port`, with commas between."
        ),
    ] = ""
    web_pause_seconds: Annotated[
        float, Field(ge=0, le=60, description="Pause between two requests to one web host.")
    ] = 0.5
    seed_demo: Annotated[
        bool, Field(description="Whether a new installation gets the demo agent.")
    ] = True

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError("AGENTGRID_SECRET_KEY needs at least 32 characters")
        return value

    @field_validator("web_allowed_hosts")
    @classmethod
    def _networks_are_networks(cls, value: str) -> str:
        for entry in value.replace(",", " ").split():
            network = entry.rpartition(":")[0] if entry.count(":") == 1 else entry
            if "/" in network:
                ip_network(network)
        return value

    @field_validator("database_url")
    @classmethod
    def _postgresql_only(cls, value: str) -> str:
        scheme = value.partition("://")[0]
        if scheme.partition("+")[0] not in {"postgresql", "postgres"}:
            raise ValueError("DATABASE_URL must start with postgresql://")
        return "postgresql://" + value.partition("://")[2]

    @property
    def resolved_storage_url(self) -> str:
        return self.storage_url or (self.data_dir / "files").absolute().as_uri()

    @property
    def resolved_models_dir(self) -> Path:
        return self.models_dir or self.data_dir / "models"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
