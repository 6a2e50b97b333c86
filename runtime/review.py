"""The settings of review: how people are reached in chats, and how they are believed there."""

import re

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from runtime.groups import Group
from runtime.values import HttpUrl, PublicKey, Reviewers


class ReviewSettings(Group):
    """How reviewers are reached."""

    slack_webhook_url: SecretStr | None = Field(
        None, description="Slack's incoming webhook, for those who want no app; none is none"
    )
    slack_bot_token: SecretStr | None = Field(
        None, description="the bot token of the Slack app, xoxb-...; none is no app"
    )
    slack_channel: str = Field(
        "", validate_default=True, description="the id of the channel that the Slack app posts in"
    )
    slack_base_url: HttpUrl = Field(
        "https://slack.com/api", description="the address of Slack's Web API"
    )
    discord_bot_token: SecretStr | None = Field(
        None, description="the bot token of the Discord app; none is no Discord"
    )
    discord_channel_id: str = Field(
        "", validate_default=True, description="the id of the channel that the Discord app posts in"
    )
    discord_base_url: HttpUrl = Field(
        "https://discord.com/api/v10", description="the address of Discord's API"
    )
    public_base_url: HttpUrl = Field(
        "http://127.0.0.1:8080", description="where the web process is reached from outside"
    )

    @field_validator("discord_channel_id")
    @classmethod
    def discord_has_a_channel(cls, value: str, info: ValidationInfo) -> str:
        """Refuse an app without a channel."""
        if info.data.get("discord_bot_token") is None or re.fullmatch(r"[0-9]{1,20}", value):
            return value
        raise ValueError(
            "is not the id of a channel: with DISCORD_BOT_TOKEN set, copy it from the channel's "
            "menu (Copy Channel ID), digits alone"
        )

    @field_validator("slack_channel")
    @classmethod
    def the_app_has_a_channel(cls, value: str, info: ValidationInfo) -> str:
        """Refuse an app without a channel, and a channel by its name: those can be renamed."""
        if info.data.get("slack_bot_token") is None:
            return value
        if not re.fullmatch(r"[CG][A-Z0-9]{2,40}", value):
            raise ValueError(
                "is not the id of a channel: with SLACK_BOT_TOKEN set, copy it from the "
                "channel's details, like C0123ABCD"
            )
        return value


class SlackDoorSettings(Group):
    """How a click in Slack is believed."""

    slack_signing_secret: SecretStr | None = Field(
        None, description="the Slack app's signing secret; none shuts the door"
    )
    slack_reviewers: Reviewers = Field(
        default_factory=dict, description="who a Slack user is: U123=alice,U456=bob"
    )
    slack_team_id: str = Field(
        "", description="the id of the workspace, T...; none takes clicks of any that signs"
    )


class DiscordDoorSettings(Group):
    """How a press in Discord is believed."""

    discord_public_key: PublicKey | None = Field(
        None, description="the Discord app's public key, 64 hex digits; none shuts the door"
    )
