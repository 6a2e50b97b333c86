"""The settings in groups that are needed together: name, kind, default, and what it is."""

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from runtime.values import (
    Address,
    DatabaseUrl,
    Folder,
    HttpUrl,
    Key,
    KeyFolder,
    Program,
    Readable,
    micros,
)


class Group(BaseModel):
    """Settings that are needed together."""

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True)


class LogSettings(Group):
    """How a process speaks."""

    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="json, console, or auto: console in a terminal, json elsewhere"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="DEBUG, INFO, WARNING or ERROR"
    )


class MetricsSettings(Group):
    """Where Prometheus asks a worker."""

    metrics_host: str = Field("127.0.0.1", description="the address that metrics are served on")
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="the port of our own metrics; none serves none"
    )
    sdk_metrics_port: int | None = Field(
        None, ge=1, le=65535, description="the port of Temporal's SDK metrics; none serves none"
    )


class TemporalSettings(Group):
    """Where Temporal is."""

    temporal_address: Address = Field("127.0.0.1:7233", description="Temporal's host:port")
    temporal_namespace: str = Field("default", description="Temporal's namespace")


class TemporalUiSettings(Group):
    """Where a person looks into Temporal."""

    temporal_ui_url: HttpUrl = Field(
        "http://127.0.0.1:8233", description="where people open Temporal's Web UI"
    )


class DatabaseSettings(Group):
    """Where PostgreSQL is."""

    database_url: DatabaseUrl = Field(description="postgresql://user:password@host:5432/name")


class StoreSettings(Group):
    """Where the files are."""

    s3_endpoint_url: HttpUrl | None = Field(
        None, description="the object store's address; none is the one of AWS"
    )
    s3_bucket: str = Field("reels", description="the bucket that holds every file")
    s3_region: str = Field("us-east-1", description="the bucket's region")
    s3_access_key_id: SecretStr = Field(description="the object store's key id")
    s3_secret_access_key: SecretStr = Field(description="the object store's secret key")


class DecisionSettings(Group):
    """What seals decisions."""

    decision_key: Key = Field(
        description="64 hex digits that the doors and the workers share: openssl rand -hex 32"
    )


class TokenSettings(Group):
    """What seals access tokens."""

    token_keys_dir: KeyFolder = Field(
        description="folder of key files, 64 hex digits each; the last name seals new tokens"
    )


class ClaudeSettings(Group):
    """Who writes."""

    anthropic_api_key: SecretStr = Field(description="Claude's API key")
    anthropic_base_url: HttpUrl | None = Field(
        None, description="Claude's address; none is the real one"
    )
    claude_model: str = Field("claude-sonnet-5-5", description="the model that writes")
    critic_model: str = Field(
        "claude-haiku-5-5", description="the cheaper model that judges stories"
    )
    claude_prices_file: Readable | None = Field(
        None, description="newer prices of Claude; none is those of clients/claude_prices.py"
    )


class VideoSettings(Group):
    """Who films: a provider is set up when its key is set, and one has to be."""

    luma_api: Literal["agents", "legacy"] = Field(
        "agents", description="Luma's API: agents, or legacy for Dream Machine"
    )
    lumaai_api_key: SecretStr | None = Field(
        None, description="the key of Luma's legacy API; none is no such"
    )
    runwayml_api_secret: SecretStr | None = Field(
        None, description="Runway's API key; none is no Runway"
    )
    fal_key: SecretStr | None = Field(None, description="fal's API key, for Pika; none is no Pika")
    luma_agents_api_key: SecretStr | None = Field(
        None, validate_default=True, description="Luma's API key; none is no Luma"
    )
    luma_base_url: HttpUrl = Field("https://agents.lumalabs.ai/v1", description="Luma's address")
    luma_legacy_base_url: HttpUrl = Field(
        "https://api.lumalabs.ai/dream-machine/v1", description="the address of Luma's legacy API"
    )
    luma_model: str = Field("ray-3.2", description="the model that films at Luma")
    luma_legacy_model: str = Field("ray-2", description="the same for Luma's legacy API")
    luma_resolution: str = Field("720p", description="the size that is bought from Luma")
    runway_base_url: HttpUrl = Field("https://api.dev.runwayml.com", description="Runway's address")
    runway_model: str = Field("gen4.5", description="the model that films at Runway")
    fal_base_url: HttpUrl = Field("https://queue.fal.run", description="the address of fal's queue")
    fal_api_base_url: HttpUrl = Field(
        "https://api.fal.ai/v1", description="where fal lists the requests it had"
    )
    pika_resolution: str = Field("720p", description="the size that is bought from Pika")
    video_terms_file: Readable | None = Field(
        None, description="prices and limits of the providers; none is clients/video/terms.toml"
    )
    video_poll_seconds: float = Field(
        10, gt=0, le=60, description="seconds between two looks at a video job"
    )

    @field_validator("luma_agents_api_key")
    @classmethod
    def somebody_films(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """Refuse to go without any provider, and Luma's legacy API without its key."""
        legacy = info.data.get("luma_api") == "legacy"
        if legacy and not info.data.get("lumaai_api_key"):
            raise ValueError("is not for LUMA_API=legacy: that needs LUMAAI_API_KEY")
        others = (info.data.get("runwayml_api_secret"), info.data.get("fal_key"))
        if not any((legacy, value, *others)):
            raise ValueError(
                "or RUNWAYML_API_SECRET or FAL_KEY or, with LUMA_API=legacy, LUMAAI_API_KEY "
                "is missing: the key of a video provider, one is enough"
            )
        return value


class MediaSettings(Group):
    """How video work is done."""

    ffmpeg_path: Program | None = Field(
        None, description="the FFmpeg to run; none is the one of imageio-ffmpeg"
    )
    work_dir: Folder = Field(
        default_factory=lambda: Path(tempfile.gettempdir()),
        description="folder for files in work; none is the system's",
    )
    media_slots: int = Field(1, ge=1, le=64, description="compositions at once in one worker")


class LimitSettings(Group):
    """How much may be spent."""

    daily_budget_usd: Decimal = Field(
        Decimal(500), ge=0, description="dollars that all accounts may cost in a day"
    )
    monthly_budget_usd: Decimal = Field(
        Decimal(500), ge=0, description="dollars that all accounts may cost in a month"
    )
    account_day_budget_usd: Decimal | None = Field(
        None, ge=0, description="dollars a day of an account without a daily budget of its own"
    )

    @property
    def daily_budget_micros(self) -> int:
        """The day's limit in micro-dollars."""
        return micros(self.daily_budget_usd)

    @property
    def monthly_budget_micros(self) -> int:
        """The month's limit in micro-dollars."""
        return micros(self.monthly_budget_usd)

    @property
    def account_day_budget_micros(self) -> int | None:
        """An account's limit of a day in micro-dollars; None leaves only the others."""
        own = self.account_day_budget_usd
        return None if own is None else micros(own)


class RunSettings(Group):
    """How the daily run goes."""

    max_concurrent_accounts: int = Field(
        3, ge=1, le=1000, description="accounts that produce at once"
    )


class ListenSettings(Group):
    """Where the web process listens."""

    web_host: str = Field("127.0.0.1", description="the address that the web process binds")
    web_port: int = Field(8080, ge=1, le=65535, description="the port that it binds")
