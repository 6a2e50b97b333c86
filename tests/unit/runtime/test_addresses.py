from pathlib import Path

import pytest

from runtime.stack.local import addresses

HOME = Path("/home/ann/reels")
OWN = {
    "TEMPORAL_UI_URL": "http://127.0.0.1:8233",
    "PUBLIC_BASE_URL": "http://127.0.0.1:8080",
    "SLACK_BASE_URL": "http://127.0.0.1:9/slack/api",
    "DISCORD_BASE_URL": "http://127.0.0.1:9/discord/api/v10",
    "LUMA_BASE_URL": "http://127.0.0.1:9/luma/v1",
}


def test_a_person_is_told_where_both_chats_are() -> None:
    assert addresses(OWN, HOME).splitlines() == [
        "  Temporal Web UI   http://127.0.0.1:8233",
        "  web process       http://127.0.0.1:8080",
        "  simulators        http://127.0.0.1:9/_ledger",
        "  Slack             http://127.0.0.1:9/slack/_messages",
        "  Discord           http://127.0.0.1:9/discord/_messages",
        "  logs              /home/ann/reels/logs",
    ]


@pytest.mark.parametrize(
    ("brought", "name"),
    [
        ({"SLACK_BASE_URL": "https://slack.com/api"}, "Slack"),
        ({"DISCORD_BASE_URL": "https://discord.com/api/v10"}, "Discord"),
    ],
)
def test_a_chat_of_ones_own_is_not_looked_for_among_the_simulators(
    brought: dict[str, str], name: str
) -> None:
    told = addresses(OWN | brought, HOME)
    assert f"  {name} " not in told
    assert "  simulators        http://127.0.0.1:9/_ledger" in told
