"""The channels that reviewers are reached through, set up from the settings."""

from clients.review import ReviewChannel
from clients.review.discord import DiscordApp
from clients.review.slack import SlackWebhook
from clients.review.slack_app import SlackApi, SlackApp
from runtime.review import ReviewSettings
from schemas.account import ChannelName


def build(given: ReviewSettings) -> tuple[ReviewChannel, ...]:
    """Each channel that is set up; of Slack's two ways the app, where it has a token."""
    channels: list[ReviewChannel] = []
    if given.slack_bot_token is not None:
        token = given.slack_bot_token.get_secret_value()
        channels.append(SlackApp(SlackApi(token, given.slack_base_url), given.slack_channel))
    elif given.slack_webhook_url is not None:
        channels.append(SlackWebhook(given.slack_webhook_url.get_secret_value()))
    if given.discord_bot_token is not None:
        token = given.discord_bot_token.get_secret_value()
        channel, home = given.discord_channel_id, given.public_base_url
        channels.append(DiscordApp(token, given.discord_base_url, channel, home))
    return tuple(channels)


def set_up(given: ReviewSettings, *, mails: bool) -> tuple[ChannelName, ...]:
    """The names of the channels that there are; `mails` says whether letters are sent."""
    is_there = {
        ChannelName.SLACK: bool(given.slack_bot_token or given.slack_webhook_url),
        ChannelName.DISCORD: given.discord_bot_token is not None,
        ChannelName.EMAIL: mails,
    }
    return tuple(name for name in ChannelName if is_there[name])
