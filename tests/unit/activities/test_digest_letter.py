"""What a digest says, and to whom one is due."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from activities.digest_letter import LetterWriter, letter_id
from activities.digests import due_digest
from clients.mail import Letter
from db.digests import WaitingReel
from db.people import Person
from schemas.account import Role
from schemas.digest import Digest
from schemas.mail_link import MailLinks, link_key

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
TODAY = Digest(person="ann", day=date(2026, 11, 23))
LINKS = MailLinks(link_key(bytes(32)))
WRITER = LetterWriter(LINKS, "https://reels.example")


def a_person(**changes: object) -> Person:
    facts = {"id": "ann", "name": "Ann", "email": "ann@example.com", "created_at": NOW}
    return Person.model_validate(facts | changes)


def a_reel(**changes: object) -> WaitingReel:
    facts: dict[str, object] = {
        "account_id": "robots",
        "handle": "tiny.robots",
        "zone": "Europe/Berlin",
        "day": date(2026, 11, 22),
        "revision": "ab" * 32,
        "caption": "POV: your barista runs on batteries\n\n☕ & <b>more</b>",
        "hashtags": ("#one", "#two"),
        "captions": 2,
        "poster_key": "days/poster.png",
        "seconds": 19.96,
        "waiting_since": NOW - timedelta(hours=20),
        "expires_at": NOW + timedelta(hours=50),
        "cost_micros": 424_000,
        "total": 1,
    }
    return WaitingReel.model_validate(facts | changes)


def written(*reels: WaitingReel, pictures: dict[str, bytes] | None = None) -> Letter:
    return WRITER.write(a_person(), TODAY, reels, pictures or {}, NOW)


def test_both_versions_say_all_that_a_decision_needs() -> None:
    letter = written(a_reel())
    for said in (letter.text, letter.html):
        for words in (
            "1 Reel waits for you",
            "tiny.robots, 22 November",
            "20 s · $0.42 · waits since 22 November, 13:30 · expires 25 November, 11:30",
            "(Europe/Berlin)",
            "POV: your barista runs on batteries",
            "#one #two",
            "caption A of 2",
            "https://reels.example/mail/",
        ):
            assert words in said
    assert letter.subject == "1 Reel waits for you"
    assert (letter.to, letter.name, letter.automatic) == ("ann@example.com", "Ann", True)


def test_words_of_others_are_text_and_no_markup() -> None:
    evil = "</p><img src=https://evil.example/x.png onerror=alert(1)>"
    letter = written(a_reel(caption=evil, handle=evil, hashtags=(evil,)))
    assert "<img src=https://evil" not in letter.html
    assert "&lt;img src=https://evil.example" in letter.html
    assert evil in letter.text


def test_nothing_is_fetched_when_it_is_read() -> None:
    letter = written(a_reel(), pictures={"ab" * 32: b"jpeg"})
    assert re.findall(r'(?:src|background|url)="?\(?([^" )]+)', letter.html) == [
        "cid:poster-" + "ab" * 8
    ]
    assert letter.pictures == {"poster-" + "ab" * 8: b"jpeg"}
    assert "<script" not in letter.html
    assert "<link" not in letter.html


def test_what_has_no_picture_has_no_hole_for_one() -> None:
    assert "<img" not in written(a_reel()).html


def test_the_rest_is_a_number_and_a_way_to_the_queue() -> None:
    letter = written(a_reel(total=40), a_reel(revision="cd" * 32, total=40))
    for said in (letter.text, letter.html):
        assert "40 Reels wait for you" in said
        assert "38 more wait in the queue" in said
        assert "https://reels.example/" in said
    assert "1 more waits" in written(a_reel(total=2)).text
    assert "more wait" not in written(a_reel()).text


def test_each_link_is_one_persons_to_one_revision_until_its_review_ends() -> None:
    forever = a_reel(revision="cd" * 32, expires_at=None)
    letter = written(a_reel(), forever)
    tokens = re.findall(r"^https://reels.example/mail/(\S+)$", letter.text, re.MULTILINE)
    read = [LINKS.read(token, NOW) for token in tokens]
    assert [(one.person, one.revision) for one in read] == [("ann", "ab" * 32), ("ann", "cd" * 32)]
    assert [one.expires_at - NOW for one in read] == [timedelta(hours=50), timedelta(hours=72)]
    assert set(re.findall(r"/mail/([\w.-]+)", letter.html)) == set(tokens)


def test_a_review_without_an_end_says_so() -> None:
    assert "it waits as long as it takes" in written(a_reel(expires_at=None)).text


def test_a_letter_is_named_by_its_person_and_day() -> None:
    again = WRITER.write(a_person(), TODAY, [a_reel()], {}, NOW + timedelta(hours=1))
    assert written(a_reel()).id == again.id == letter_id(TODAY)
    others = (Digest(person="bob", day=TODAY.day), Digest(person="ann", day=date(2026, 11, 24)))
    assert len({letter_id(one) for one in (TODAY, *others)}) == 3
    assert re.fullmatch(r"[\w.-]+", letter_id(Digest(person="Ä b\r\n>", day=TODAY.day)))


@pytest.mark.parametrize(
    ("changes", "at", "day"),
    [
        ({}, "2026-11-23T07:59:59Z", None),
        ({}, "2026-11-23T08:00:00Z", "2026-11-23"),
        ({}, "2026-11-23T23:59:00Z", "2026-11-23"),
        ({"zone": "Pacific/Auckland"}, "2026-11-22T19:00:00Z", "2026-11-23"),
        ({"zone": "America/New_York"}, "2026-11-23T12:59:00Z", None),
        ({"zone": "America/New_York"}, "2026-11-24T04:59:00Z", "2026-11-23"),
        ({"zone": "Asia/Kathmandu", "digest_at": "09:15"}, "2026-11-23T03:30:00Z", "2026-11-23"),
        # A time that the clocks leave out comes when they are put on.
        (
            {"zone": "Europe/Berlin", "digest_at": "02:30"},
            "2027-03-28T01:00:00Z",
            "2027-03-28",
        ),
        ({"zone": "Europe/Berlin", "digest_at": "02:30"}, "2027-03-28T00:45:00Z", None),
        ({"digest_at": None}, "2026-11-23T12:00:00Z", None),
        ({"email": None}, "2026-11-23T12:00:00Z", None),
        ({"role": Role.VIEWER}, "2026-11-23T12:00:00Z", None),
        ({"role": Role.ADMIN}, "2026-11-23T12:00:00Z", "2026-11-23"),
        ({"disabled_at": NOW}, "2026-11-23T12:00:00Z", None),
    ],
)
def test_a_digest_is_due_from_its_hour_on_while_its_day_lasts(
    changes: dict[str, object], at: str, day: str | None
) -> None:
    due = due_digest(a_person(**changes), datetime.fromisoformat(at))
    assert due == (Digest(person="ann", day=date.fromisoformat(day)) if day else None)
