import pytest

import channels
from runtime.groups import ReviewSettings
from runtime.settings import SettingsError, load

TOKEN = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_CHANNEL": "C0123ABCD"}
WEBHOOK = {"SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T/B/x"}


@pytest.mark.parametrize(
    ("environ", "keeps"),
    [({}, []), (WEBHOOK, [False]), (TOKEN, [True]), (TOKEN | WEBHOOK, [True])],
)
async def test_slack_is_reached_in_one_way_and_as_an_app_where_there_is_one(
    environ: dict[str, str], keeps: list[bool]
) -> None:
    built = channels.build(load(ReviewSettings, environ))
    assert [channel.keeps_cards for channel in built] == keeps
    for channel in built:
        await channel.aclose()


@pytest.mark.parametrize("channel", ["", "#review", "review", "c0123abcd"])
def test_an_app_is_given_the_id_of_a_channel(channel: str) -> None:
    with pytest.raises(SettingsError, match=r"SLACK_CHANNEL .*is not the id of a channel"):
        load(ReviewSettings, TOKEN | {"SLACK_CHANNEL": channel})
