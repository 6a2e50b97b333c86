"""Instagram, all of its hosts: both flavours, the upload host, the consent pages.

`graph.instagram.com` is `/instagram`, `graph.facebook.com` `/facebook`, `rupload.facebook.com`
`/rupload`, `api.instagram.com` `/instagram-api`, and `www` of both `/instagram-www` and
`/facebook-www`. All are one platform: what one host made, the others know.
"""

from pathlib import Path

from starlette.routing import Route

from simulators.calls import World
from simulators.containers import Containers
from simulators.facebook_login import FacebookLogin
from simulators.graph import Platform
from simulators.instagram_accounts import Accounts
from simulators.instagram_apps import Apps
from simulators.instagram_consent import Consent, InstagramApi
from simulators.instagram_insights import Insights
from simulators.instagram_login import InstagramLogin
from simulators.instagram_publishing import Publishing
from simulators.instagram_tokens import FACEBOOK, INSTAGRAM, Tokens
from simulators.rupload import Rupload


def platform_of(world: World, folder: Path, seconds: float) -> Platform:
    """The platform as its ledger left it; a container's processing takes `seconds`."""
    accounts = Accounts(world.clock.born)
    world.ledger.on_entry(accounts.apply)
    containers = Containers(world, accounts, folder, seconds=seconds)
    tokens = Tokens(world, folder / "instagram-token-key")
    return Platform(world, accounts, containers, tokens, Apps(world))


def hosts(platform: Platform) -> dict[str, list[Route]]:
    """The routes of each host, by prefix."""
    return {
        "/instagram-api": InstagramApi(platform).routes(),
        "/instagram-www": Consent(platform, INSTAGRAM).routes(),
        "/facebook-www": Consent(platform, FACEBOOK).routes(),
        "/instagram": _graph(InstagramLogin(platform, INSTAGRAM)),
        "/facebook": _graph(FacebookLogin(platform, FACEBOOK)),
        "/rupload": Rupload(platform).routes(),
    }


def _graph(login: InstagramLogin | FacebookLogin) -> list[Route]:
    """What a flavour has alone, then what both have."""
    shared = (Insights, Publishing)
    rest = [route for one in shared for route in one(login.platform, login.flavour).routes()]
    return [*login.routes(), *rest]
