from dataclasses import replace

import pytest

from clients.publishing import Job
from clients.publishing.instagram import LIMITS, FacebookLogin, Instagram
from clients.publishing.preflight import violations
from schemas.failures import FailureKind
from tests.unit.deploy.compose import ROOT

GOOD = Job(caption="A boat\n\n#boat", bytes=1_000_000, seconds=20.0)
BAD = FailureKind.BAD_REQUEST
ANEW = FailureKind.VIDEO_REFUSED


BROKEN: list[tuple[dict[str, object], str, FailureKind]] = [
    ({"caption": "x" * 2201}, "caption-length", BAD),
    ({"caption": " #a" * 31}, "caption-hashtags", BAD),
    ({"caption": " @a" * 21}, "caption-mentions", BAD),
    ({"first_comment": "x" * 301}, "comment-length", BAD),
    ({"bytes": 300_000_001}, "video-size", ANEW),
    ({"seconds": 900.1}, "video-longest", ANEW),
    ({"seconds": 2.9}, "video-shortest", BAD),
    ({"cover_seconds": 20.0}, "cover-in-video", BAD),
    ({"cover_seconds": -0.1}, "cover-in-video", BAD),
    ({"collaborators": ("ann",)}, "collaborators", BAD),
    ({"location_id": "1"}, "location", BAD),
]


@pytest.mark.parametrize(("change", "rule", "kind"), BROKEN)
def test_each_rule_is_told_by_its_name(
    change: dict[str, object], rule: str, kind: FailureKind
) -> None:
    (found,) = violations(replace(GOOD, **change), LIMITS)  # type: ignore[arg-type]
    assert (found.rule, found.kind) == (rule, kind)
    assert found.sentence


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"caption": "x" * 2200},
        {"caption": " #a" * 30 + " @a" * 20},
        {"first_comment": "x" * 300},
        {"bytes": 300_000_000, "seconds": 900.0},
        {"seconds": 3.0, "cover_seconds": 2.99},
        {"cover_seconds": 0.0},
    ],
)
def test_what_is_within_the_rules_is_not_told(change: dict[str, object]) -> None:
    assert violations(replace(GOOD, **change), LIMITS) == ()  # type: ignore[arg-type]


def test_every_broken_rule_is_told_at_once() -> None:
    job = replace(GOOD, caption=" #a" * 2201, bytes=10**9, cover_seconds=99.0)
    assert [one.rule for one in violations(job, LIMITS)] == [
        "caption-length",
        "caption-hashtags",
        "video-size",
        "cover-in-video",
    ]


def test_facebook_login_has_company_and_places_and_instagram_login_has_neither() -> None:
    job = replace(GOOD, collaborators=("ann", "bob", "cat"), location_id="1")
    with_facebook = Instagram("https://graph.test", "v25.0", facebook=FacebookLogin())
    assert with_facebook.preflight(job) == ()
    (found,) = with_facebook.preflight(replace(job, collaborators=("a", "b", "c", "d")))
    assert found.rule == "collaborators"
    assert len(Instagram("https://graph.test", "v25.0").preflight(job)) == 2


def test_bytes_are_brought_only_where_there_is_a_host_for_them() -> None:
    upload = FacebookLogin(upload_url="https://upload.test")
    assert Instagram("https://graph.test", "v25.0").capabilities.needs_public_url
    for facebook, fetched in ((FacebookLogin(), True), (upload, False)):
        publisher = Instagram("https://graph.test", "v25.0", facebook=facebook)
        assert publisher.capabilities.needs_public_url is fetched


def test_the_guide_lists_every_rule_by_its_name() -> None:
    guide = (ROOT / "docs" / "operating.md").read_text()
    assert all(f"`{rule}`" in guide for _, rule, _ in BROKEN)
