from pathlib import Path

import pytest
from nacl.signing import SigningKey, VerifyKey

from runtime.local_input import LocalPorts
from runtime.settings import SettingsError
from runtime.stack.home import Home
from runtime.stack.wiring import _brought, _refuse_keyless, wire


@pytest.mark.parametrize(
    ("base", "key"),
    [
        ("LUMA_BASE_URL", "LUMA_AGENTS_API_KEY"),
        ("LUMA_LEGACY_BASE_URL", "LUMAAI_API_KEY"),
        ("RUNWAY_BASE_URL", "RUNWAYML_API_SECRET"),
        ("FAL_BASE_URL", "FAL_KEY"),
    ],
)
def test_a_video_provider_is_brought_with_its_key(base: str, key: str) -> None:
    theirs = {base: "https://video.example"}
    with pytest.raises(SettingsError, match=f"{key} is missing: {base} is set"):
        _refuse_keyless(_brought(theirs), theirs)
    for spelling in (key, f"{key}_FILE"):
        _refuse_keyless(_brought(theirs), {**theirs, spelling: "given"})


def test_a_stack_believes_what_its_simulated_discord_signs(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    ports = dict.fromkeys(LocalPorts.model_fields, 1)
    settings = wire(home, ports, {}).settings
    again = wire(home, ports, {}).settings
    key = tmp_path / "keys" / "discord-key"
    signed = SigningKey(bytes.fromhex(key.read_text().strip())).sign(b"1{}")
    assert VerifyKey(bytes.fromhex(settings["DISCORD_PUBLIC_KEY"])).verify(signed) == b"1{}"
    assert again == settings
    assert key.stat().st_mode & 0o077 == 0


def test_a_discord_of_ones_own_is_believed_by_its_own_key(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    theirs = {
        "DISCORD_BASE_URL": "https://discord.com/api/v10",
        "DISCORD_BOT_TOKEN": "theirs",
        "DISCORD_CHANNEL_ID": "42",
        "DISCORD_PUBLIC_KEY": "ab" * 32,
    }
    settings = wire(home, dict.fromkeys(LocalPorts.model_fields, 1), theirs).settings
    assert {name: settings[name] for name in theirs} == theirs
