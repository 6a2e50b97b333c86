"""The settings that lead to Meta: where its hosts are, and the apps that ask for access."""

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
