"""The platforms that Reels go out on, set up from the settings: one for each login."""

from collections.abc import Mapping
from dataclasses import replace

import logins
from clients.publishing import Publisher
from clients.publishing.instagram import LIMITS, FacebookLogin, Instagram
from runtime.meta import InstagramSettings
from schemas.account import Login

MEGABYTE = 1_000_000


def build(given: InstagramSettings) -> Mapping[Login, Publisher]:
    """Instagram through both of its doors."""
    version = given.instagram_graph_version
    limits = replace(
        LIMITS,
        posts_a_day=given.instagram_posts_per_day,
        handles_a_day=given.instagram_containers_per_day,
        largest_bytes=given.instagram_largest_mb * MEGABYTE,
        longest_seconds=given.instagram_longest_seconds,
    )
    brings = given.instagram_transport == "auto"
    facebook = FacebookLogin(
        upload_url=given.instagram_upload_base_url if brings else None,
        app=logins.app(given.facebook_app_id, given.facebook_app_secret),
    )
    return {
        Login.INSTAGRAM: Instagram(given.instagram_base_url, version, limits=limits),
        Login.FACEBOOK: Instagram(
            given.facebook_base_url, version, facebook=facebook, limits=limits
        ),
    }
