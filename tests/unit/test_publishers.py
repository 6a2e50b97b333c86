from datetime import timedelta

import publishers
from clients.publishing import Job
from runtime.meta import InstagramSettings
from schemas.account import Login

JOB = Job(caption="A boat", bytes=1_000_000, seconds=20.0)


def settings(**changes: object) -> InstagramSettings:
    return InstagramSettings.model_validate(changes)


def test_every_login_has_its_publisher() -> None:
    built = publishers.build(settings())
    assert set(built) == set(Login)
    assert all(one.capabilities.separate_commit for one in built.values())
    assert all(one.capabilities.handle_life == timedelta(hours=24) for one in built.values())


def test_videos_are_brought_where_that_is_possible_unless_told_otherwise() -> None:
    for transport, fetched in (("auto", False), ("url", True)):
        built = publishers.build(settings(instagram_transport=transport))
        assert built[Login.FACEBOOK].capabilities.needs_public_url is fetched
        assert built[Login.INSTAGRAM].capabilities.needs_public_url


def test_the_limits_are_those_of_the_settings() -> None:
    given = settings(
        instagram_largest_mb=1,
        instagram_longest_seconds=10,
        instagram_posts_per_day=100,
        instagram_containers_per_day=7,
    )
    for one in publishers.build(given).values():
        assert (one.capabilities.posts_a_day, one.capabilities.handles_a_day) == (100, 7)
        assert one.capabilities.largest_bytes == 1_000_000
        assert [broken.rule for broken in one.preflight(JOB)] == ["video-longest"]
