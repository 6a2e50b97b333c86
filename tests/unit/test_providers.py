"""Which providers are set up, out of which settings."""

from pathlib import Path

import pytest

import providers
from clients.video.luma import Luma
from clients.video.luma_legacy import LumaLegacy
from runtime.exits import InputError
from runtime.groups import VideoSettings
from runtime.settings import SettingsError, load

KEYS = {
    "LUMA_AGENTS_API_KEY": "luma-canary",
    "RUNWAYML_API_SECRET": "key_canary",
    "FAL_KEY": "id:canary",
}
LEGACY = {"LUMA_API": "legacy", "LUMAAI_API_KEY": "luma-canary"}


def built(**environ: str) -> dict[str, object]:
    return dict(providers.build(load(VideoSettings, environ)))


def test_every_provider_with_a_key_is_set_up_under_its_own_name() -> None:
    films = providers.build(load(VideoSettings, KEYS))
    assert list(films) == ["luma", "runway", "pika"] == list(providers.PROVIDERS)
    assert all(provider.name == name for name, provider in films.items())


@pytest.mark.parametrize(("name", "key"), list(zip(providers.PROVIDERS, KEYS, strict=True)))
def test_one_key_is_enough(name: str, key: str) -> None:
    assert list(built(**{key: KEYS[key]})) == [name]


def test_the_setting_says_which_luma_it_is() -> None:
    assert isinstance(built(**KEYS)["luma"], Luma)
    assert isinstance(built(**LEGACY)["luma"], LumaLegacy)


def test_the_origins_are_those_of_the_providers_that_are_set_up() -> None:
    assert providers.origins(load(VideoSettings, LEGACY)) == (
        "https://api.lumalabs.ai/dream-machine/v1",
    )
    assert len(providers.origins(load(VideoSettings, KEYS))) == 3


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "LUMA_AGENTS_API_KEY or RUNWAYML_API_SECRET or FAL_KEY or"),
        ({"LUMA_API": "legacy", **KEYS}, "LUMA_API=legacy: that needs LUMAAI_API_KEY"),
        ({"LUMAAI_API_KEY": "luma-canary"}, "LUMA_API=legacy"),
        ({**KEYS, "LUMA_API": "old"}, "LUMA_API"),
        ({**KEYS, "VIDEO_TERMS_FILE": "/nowhere"}, "VIDEO_TERMS_FILE"),
    ],
)
def test_settings_that_lead_to_nobody_are_refused(environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(VideoSettings, environ)
    assert said in str(raised.value)
    assert "canary" not in str(raised.value)


def test_a_model_without_a_price_is_refused_at_the_start() -> None:
    with pytest.raises(InputError, match=r"runway: no price is known for 'gen9'; known: gen4\.5"):
        built(**KEYS, RUNWAY_MODEL="gen9")


def test_terms_that_are_wrong_are_refused_at_the_start(tmp_path: Path) -> None:
    terms = tmp_path / "terms.toml"
    terms.write_text("[luma]\n")
    with pytest.raises(InputError, match=r"video terms: terms\.toml: luma\.as_of: Field required"):
        built(**KEYS, VIDEO_TERMS_FILE=str(terms))


def test_a_key_that_cannot_be_one_is_refused_unseen() -> None:
    with pytest.raises(InputError, match="characters that no token has") as raised:
        built(FAL_KEY="two canaries")
    assert "canaries" not in str(raised.value)
