"""The settings that lead to Meta: where its hosts are, and the apps that ask for access."""

from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from runtime.groups import Group
from runtime.values import HttpUrl


class MetaSettings(Group):
    """Where Meta is, and who we are there."""

    instagram_base_url: HttpUrl = Field(
        "https://graph.instagram.com", description="Instagram's address"
    )
    instagram_graph_version: str = Field(
        "v25.0", pattern=r"^v\d+\.\d+$", description="a Graph API version that is alive: v25.0"
    )
    instagram_oauth_base_url: HttpUrl = Field(
        "https://api.instagram.com", description="where Instagram turns codes into tokens"
    )
    instagram_www_base_url: HttpUrl = Field(
        "https://www.instagram.com", description="where people grant access with Instagram Login"
    )
    instagram_app_id: str | None = Field(
        None, description="the Instagram app that asks for access; none connects no account"
    )
    instagram_app_secret: SecretStr | None = Field(
        None, validate_default=True, description="the secret of the Instagram app"
    )
    facebook_base_url: HttpUrl = Field(
        "https://graph.facebook.com", description="Facebook's address, for Facebook Login"
    )
    facebook_www_base_url: HttpUrl = Field(
        "https://www.facebook.com", description="where people grant access with Facebook Login"
    )
    facebook_app_id: str | None = Field(
        None, description="the Meta app that asks for access; none connects and renews nothing"
    )
    facebook_app_secret: SecretStr | None = Field(
        None, validate_default=True, description="the secret of the Meta app"
    )

    @field_validator("instagram_app_secret", "facebook_app_secret")
    @classmethod
    def both_or_neither(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """Refuse half a pair."""
        other = (info.field_name or "").replace("secret", "id")
        if (value is None) != (info.data.get(other) is None):
            missing = (
                f"is missing: {other.upper()} is set"
                if value is None
                else (f"is set without {other.upper()}")
            )
            raise ValueError(f"{missing}; set both, or neither")
        return value


class InstagramSettings(MetaSettings):
    """How Reels are published."""

    container_poll_seconds: float = Field(
        10, gt=0, le=300, description="seconds between two looks at a container; Meta advises 60"
    )
    instagram_upload_base_url: HttpUrl = Field(
        "https://rupload.facebook.com", description="where videos are brought, for Facebook Login"
    )
    instagram_transport: Literal["auto", "url"] = Field(
        "auto",
        description="auto brings videos where that is possible; url has Instagram fetch them all",
    )
    instagram_largest_mb: int = Field(
        300, ge=1, le=4000, description="megabytes that Instagram takes of a Reel"
    )
    instagram_longest_seconds: int = Field(
        900, ge=3, le=3600, description="seconds that a Reel may last at Instagram"
    )
    instagram_posts_per_day: int = Field(
        50, ge=1, le=1000, description="posts in 24 hours, where Instagram names no other number"
    )
    instagram_containers_per_day: int = Field(
        400,
        ge=1,
        le=10000,
        description="containers that Instagram lets an account make in 24 hours",
    )
