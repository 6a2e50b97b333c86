"""Which video providers there are, and how each is built from settings: one entry a provider.

Part of the composition root: worker.py films with them, admin.py and doctor.py name them.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol, runtime_checkable

from pydantic import SecretStr

from clients.errors import Refused
from clients.video import VideoProvider
from clients.video.luma import Luma
from clients.video.luma_legacy import LumaLegacy
from clients.video.pika import Pika
from clients.video.runway import Runway
from clients.video.terms import SHIPPED, VideoTerms, read_terms
from runtime.exits import InputError
from runtime.groups import VideoSettings


@runtime_checkable
class Closes(Protocol):
    """What is open until it is closed."""

    async def aclose(self) -> None:
        """Close what is still open."""
        ...


class OpenProvider(VideoProvider, Closes, Protocol):
    """A provider with its connection."""


class Entry(NamedTuple):
    """One provider: what has to be set for it, and what is built then."""

    key: Callable[[VideoSettings], SecretStr | None]
    """None is a provider that is not set up."""
    address: Callable[[VideoSettings], str]
    build: Callable[[VideoSettings, str, VideoTerms], OpenProvider]
    """Out of the settings, the key, and the terms."""


def _luma(settings: VideoSettings, key: str, terms: VideoTerms) -> OpenProvider:
    size = settings.luma_resolution
    if settings.luma_api == "legacy":
        address, model = settings.luma_legacy_base_url, settings.luma_legacy_model
        return LumaLegacy(key, address, model, size, terms.luma_legacy)
    return Luma(key, settings.luma_base_url, settings.luma_model, size, terms.luma)


def _runway(settings: VideoSettings, key: str, terms: VideoTerms) -> OpenProvider:
    return Runway(key, settings.runway_base_url, settings.runway_model, terms.runway)


def _pika(settings: VideoSettings, key: str, terms: VideoTerms) -> OpenProvider:
    addresses = settings.fal_base_url, settings.fal_api_base_url
    return Pika(key, *addresses, settings.pika_resolution, terms.pika)


def _luma_key(settings: VideoSettings) -> SecretStr | None:
    legacy = settings.luma_api == "legacy"
    return settings.lumaai_api_key if legacy else settings.luma_agents_api_key


def _luma_address(settings: VideoSettings) -> str:
    legacy = settings.luma_api == "legacy"
    return settings.luma_legacy_base_url if legacy else settings.luma_base_url


PROVIDERS: Mapping[str, Entry] = {
    "luma": Entry(_luma_key, _luma_address, _luma),
    "runway": Entry(
        lambda given: given.runwayml_api_secret, lambda given: given.runway_base_url, _runway
    ),
    "pika": Entry(lambda given: given.fal_key, lambda given: given.fal_base_url, _pika),
}
"""By the word that accounts and the ledger use."""


def build(settings: VideoSettings) -> dict[str, OpenProvider]:
    """Every provider that has a key; each is open until its `aclose`.

    Raises InputError for terms that can't be read, or a model without a price in them.
    """
    try:
        terms = read_terms(settings.video_terms_file or SHIPPED)
        return {
            name: entry.build(settings, key.get_secret_value(), terms)
            for name, entry, key in _set_up(settings)
        }
    except Refused as refused:
        raise InputError(str(refused)) from None


def origins(settings: VideoSettings) -> tuple[str, ...]:
    """Where the providers that have a key are, as the operator says."""
    return tuple(entry.address(settings) for _, entry, _ in _set_up(settings))


def _set_up(settings: VideoSettings) -> Iterator[tuple[str, Entry, SecretStr]]:
    for name, entry in PROVIDERS.items():
        key = entry.key(settings)
        if key is not None:
            yield name, entry, key
