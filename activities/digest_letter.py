"""The digest as a letter: what it says of each Reel, as plain text and as HTML.

Everything in it travels with it: nothing is fetched when it is read, so that nobody is told that
it was.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from clients.mail import Letter
from db.digests import WaitingReel
from db.people import Person
from schemas.digest import Digest
from schemas.mail_link import LINK_LIFE, MailLink, MailLinks, expiry

MOST_REELS = 12
"""Reels that a letter shows; of the others it says how many they are."""

_MICROS = 1_000_000


@dataclass(frozen=True)
class Shown:
    """One Reel as the templates have it."""

    title: str
    facts: str
    caption: str
    tags: str
    captions: int
    url: str
    picture: str
    """What the HTML names as its picture; empty for none."""


@dataclass(frozen=True)
class LetterWriter:
    """Writes digests, with links that carry the reader's name."""

    links: MailLinks
    public_base_url: str

    def page(
        self,
        person: Person,
        reels: Sequence[WaitingReel],
        pictures: Mapping[str, bytes],
        now: datetime,
    ) -> str:
        """The letter's HTML by itself, with its pictures in it."""
        held = {
            revision: f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"
            for revision, picture in pictures.items()
        }
        return _template("digest.html").render(self._facts(person, reels, held, now))

    def write(
        self,
        person: Person,
        digest: Digest,
        reels: Sequence[WaitingReel],
        pictures: Mapping[str, bytes],
        now: datetime,
    ) -> Letter:
        """The letter about these Reels, one at least; `pictures` are JPEGs by revision.

        Again: the same but for the links, which are good from now on.
        """
        named = {revision: f"poster-{revision[:16]}" for revision in pictures}
        facts = self._facts(person, reels, {one: f"cid:{named[one]}" for one in named}, now)
        return Letter(
            to=person.email or "",
            name=person.name,
            subject=title_of(reels[0].total),
            text=_template("digest.txt").render(facts),
            html=_template("digest.html").render(facts),
            pictures={named[revision]: picture for revision, picture in pictures.items()},
            id=letter_id(digest),
            automatic=True,
        )

    def _facts(
        self,
        person: Person,
        reels: Sequence[WaitingReel],
        pictures: Mapping[str, str],
        now: datetime,
    ) -> dict[str, object]:
        """What the templates say; `pictures` are addresses by revision."""
        more = reels[0].total - len(reels)
        hours = int(LINK_LIFE.total_seconds() // 3600)
        return {
            "title": title_of(reels[0].total),
            "name": person.name,
            "reels": [self._shown(person, one, pictures, now) for one in reels],
            "more": more,
            "more_words": f"{more} more wait{'s' if more == 1 else ''} in the queue",
            "queue_url": f"{self.public_base_url}/",
            "good_until": f"They are good for {hours} hours, and no longer than the review.",
        }

    def _shown(
        self, person: Person, reel: WaitingReel, pictures: Mapping[str, str], now: datetime
    ) -> Shown:
        link = MailLink(
            person=person.id,
            key=reel.key,
            revision=reel.revision,
            expires_at=expiry(now, reel.expires_at),
        )
        return Shown(
            title=f"{reel.handle}, {reel.day:%-d %B}",
            facts=_facts(reel),
            caption=reel.caption,
            tags=" ".join(reel.hashtags),
            captions=reel.captions,
            url=f"{self.public_base_url}/mail/{self.links.token(link)}",
            picture=pictures.get(reel.revision, ""),
        )


def title_of(total: int) -> str:
    """How many wait, for the subject and the first line."""
    return "1 Reel waits for you" if total == 1 else f"{total} Reels wait for you"


def letter_id(digest: Digest) -> str:
    """What names the letter: the same for every letter about this person and day."""
    who = sha256(f"{digest.person}\n{digest.day}".encode()).hexdigest()[:24]
    return f"digest.{digest.day}.{who}"


def _facts(reel: WaitingReel) -> str:
    zone = ZoneInfo(reel.zone)
    ends = "it waits as long as it takes"
    if reel.expires_at is not None:
        ends = f"expires {_moment(reel.expires_at, zone)}"
    return " · ".join(
        (
            f"{reel.seconds:.0f} s",
            f"${reel.cost_micros / _MICROS:,.2f}",
            f"waits since {_moment(reel.waiting_since, zone)}",
            f"{ends} ({reel.zone})",
        )
    )


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%-d %B, %H:%M}"


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "letters"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _template(name: str) -> Template:
    return _templates().get_template(name)
