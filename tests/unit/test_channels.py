import pytest

import channels
from runtime.review import DiscordDoorSettings, ReviewSettings
from runtime.settings import SettingsError, load
from schemas.account import ChannelName

TOKEN = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_CHANNEL": "C0123ABCD"}
DISCORD = {"DISCORD_BOT_TOKEN": "x", "DISCORD_CHANNEL_ID": "42"}
WEBHOOK = {"SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T/B/x"}


@pytest.mark.parametrize(
    ("environ", "keeps"),
    [
        ({}, []),
        (WEBHOOK, [False]),
        (TOKEN, [True]),
        (TOKEN | WEBHOOK, [True]),
        (WEBHOOK | DISCORD, [False, True]),
    ],
)
async def test_each_service_is_one_channel_and_slack_an_app_where_there_is_one(
    environ: dict[str, str], keeps: list[bool]
) -> None:
    given = load(ReviewSettings, environ)
    built = channels.build(given)
    assert [channel.keeps_cards for channel in built] == keeps
    assert tuple(channel.name for channel in built) == channels.set_up(given, mails=False)
    assert ChannelName.EMAIL in channels.set_up(given, mails=True)
    for channel in built:
        await channel.aclose()


@pytest.mark.parametrize("channel", ["", "#review", "review", "c0123abcd"])
def test_an_app_is_given_the_id_of_a_channel(channel: str) -> None:
    with pytest.raises(SettingsError, match=r"SLACK_CHANNEL .*is not the id of a channel"):
        load(ReviewSettings, TOKEN | {"SLACK_CHANNEL": channel})


def test_discords_channel_is_a_number_and_its_key_is_one() -> None:
    with pytest.raises(SettingsError, match=r"DISCORD_CHANNEL_ID .*is not the id of a channel"):
        load(ReviewSettings, DISCORD | {"DISCORD_CHANNEL_ID": "#review"})
    for key in ("ab" * 31, "xy" * 32):
        with pytest.raises(SettingsError, match=r"DISCORD_PUBLIC_KEY .*is not a public key"):
            load(DiscordDoorSettings, {"DISCORD_PUBLIC_KEY": key})
