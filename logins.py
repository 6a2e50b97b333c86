"""The ways in which an account is connected, set up from the settings."""

from collections.abc import Mapping

from pydantic import SecretStr

from clients.publishing.access import AccessSource, App
from clients.publishing.facebook_tokens import FacebookTokens
from clients.publishing.instagram_tokens import InstagramTokens
from runtime.meta import MetaSettings
from schemas.account import Login


def build(given: MetaSettings) -> Mapping[Login, AccessSource]:
    """Both logins; one without an app can check tokens, and can't connect."""
    version = given.instagram_graph_version
    return {
        Login.INSTAGRAM: InstagramTokens(
            app(given.instagram_app_id, given.instagram_app_secret),
            base_url=given.instagram_base_url,
            oauth_url=given.instagram_oauth_base_url,
            www_url=given.instagram_www_base_url,
            version=version,
        ),
        Login.FACEBOOK: FacebookTokens(
            app(given.facebook_app_id, given.facebook_app_secret),
            base_url=given.facebook_base_url,
            www_url=given.facebook_www_base_url,
            version=version,
        ),
    }


def app(name: str | None, secret: SecretStr | None) -> App | None:
    """The app of a pair of settings, None where it is not set."""
    return App(name, secret.get_secret_value()) if name and secret else None
