"""Letters over real SMTP: who is trusted, what counts as sent, and what is never sent twice."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from clients.mail import Letter, Mail
from schemas.failures import FailureKind
from tests.integration.clients.certificates import Authority, an_authority
from tests.integration.web.letterbox import LOST, Letterbox, a_letterbox

LETTER = Letter(
    "ann@example.com", "3 Reels wait for you", ".\nHello\n..\n", name="Ann Ä.", id="d.1"
)
FROM = "Reels <reels@example.com>"


@pytest.fixture
async def box() -> AsyncIterator[Letterbox]:
    async with a_letterbox() as box:
        yield box


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return an_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def trusted(authority: Authority) -> ssl.SSLContext:
    return authority.server("localhost")


def mail_to(box: Letterbox, user: str = "", ca_file: Path | None = None) -> Mail:
    return Mail(f"smtp://{user}localhost:{box.port}", FROM, ca_file)


async def refused(mail: Mail, letter: Letter = LETTER) -> ClientError:
    with pytest.raises(ClientError) as raised:
        await mail.hand_over(letter, end_seconds=5)
    return raised.value


async def test_a_letter_arrives_as_it_was_written(box: Letterbox) -> None:
    html = "<p>Hello <img src='cid:one'></p>"
    letter = Letter(
        **{**vars(LETTER), "html": html, "pictures": {"one": b"\xff\xd8jpeg"}, "automatic": True}
    )
    assert await mail_to(box).hand_over(letter)
    (got,) = box.letters
    assert got["to"] == "=?utf-8?q?Ann_=C3=84=2E?= <ann@example.com>" or "Ann Ä." in got["to"]
    assert got["to"].addresses[0].addr_spec == "ann@example.com"
    assert (got["from"], got["subject"]) == (FROM, "3 Reels wait for you")
    assert (got["message-id"], got["auto-submitted"]) == ("<d.1@example.com>", "auto-generated")
    assert got["date"]
    text, shown = got.get_body(("plain",)), got.get_body(("html",))
    assert text is not None
    assert shown is not None
    assert text.get_content().replace("\r\n", "\n") == ".\nHello\n..\n"
    assert shown.get_content().strip() == html
    (picture,) = [part for part in got.walk() if part.get_content_type() == "image/jpeg"]
    assert picture["content-id"] == "<one>"
    assert picture.get_content() == b"\xff\xd8jpeg"
    assert picture.get_content_disposition() == "inline"


@pytest.mark.parametrize(
    "address",
    ["ann", "ann@x.y\r\nBcc: bob@x.y", "<ann@x.y>", "a b@x.y", "änn@x.y", "", "ann@x.y, bob@x.y"],
)
async def test_what_is_no_address_adds_no_header_and_gets_no_letter(
    box: Letterbox, address: str
) -> None:
    error = await refused(mail_to(box), Letter(address, "x", "y"))
    assert (type(error), error.kind) == (Refused, FailureKind.BAD_REQUEST)
    assert box.letters == []


async def test_a_name_or_a_subject_adds_no_header(box: Letterbox) -> None:
    for letter in (
        Letter("ann@x.y", "x\r\nBcc: bob@x.y", "y"),
        Letter("ann@x.y", "x", "y", name="Ann\r\nBcc: bob@x.y"),
    ):
        assert isinstance(await refused(mail_to(box), letter), Refused)
    assert box.letters == []


async def test_starttls_and_a_login(
    box: Letterbox, trusted: ssl.SSLContext, authority: Authority
) -> None:
    box.tls, box.login = trusted, ("ann@x", "p:w/d")
    assert await mail_to(box, "ann%40x:p%3Aw%2Fd@", authority.file).hand_over(LETTER)
    assert (len(box.letters), box.secured) == (1, [True])
    wrong = await refused(mail_to(box, "ann%40x:canary@", authority.file))
    assert (type(wrong), wrong.kind) == (Refused, FailureKind.AUTHENTICATION)
    assert "canary" not in str(wrong)
    assert len(box.letters) == 1


async def test_tls_from_the_first_byte(trusted: ssl.SSLContext, authority: Authority) -> None:
    async with a_letterbox(trusted) as box:
        mail = Mail(f"smtps://localhost:{box.port}", FROM, authority.file)
        assert await mail.hand_over(LETTER)
        assert "with TLS" in await mail.check()
    assert box.secured == [True]


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_certificate_that_nobody_vouches_for_or_of_another_name_gets_no_letter(
    authority: Authority, trusted: ssl.SSLContext, *, at_once: bool
) -> None:
    other = authority.server("other.example")
    for context, ca_file in ((trusted, None), (other, authority.file)):
        async with a_letterbox(context if at_once else None) as box:
            box.tls = context
            scheme = "smtps" if at_once else "smtp"
            url = f"{scheme}://ann:canary@localhost:{box.port}"
            error = await refused(Mail(url, FROM, ca_file))
            assert (type(error), error.kind) == (Refused, FailureKind.CONFIGURATION), error
            assert "certificate is not trusted" in error.message
            assert b"AUTH" not in box.heard
            with pytest.raises(Refused, match="certificate"):
                await Mail(url, FROM, ca_file).check()
        assert box.letters == []


@pytest.mark.parametrize(
    ("said", "kind", "sort"),
    [
        ({b"RCPT": "550 nobody"}, FailureKind.BAD_REQUEST, Refused),
        ({b"RCPT": "450 later"}, FailureKind.UNAVAILABLE, Retryable),
        ({b"MAIL": "550 not you"}, FailureKind.CONFIGURATION, Refused),
        ({b"MAIL": "421 too many"}, FailureKind.UNAVAILABLE, Retryable),
        ({b"DATA": "554 no"}, FailureKind.BAD_REQUEST, Refused),
        ({b"DATA": "451 later"}, FailureKind.UNAVAILABLE, Retryable),
        ({b"EHLO": "554 no", b"HELO": "554 no"}, FailureKind.CONFIGURATION, Refused),
    ],
)
async def test_a_refusal_before_the_end_is_for_now_or_for_good(
    box: Letterbox, said: dict[bytes, str], kind: FailureKind, sort: type[ClientError]
) -> None:
    box.answers = said
    error = await refused(mail_to(box))
    assert (type(error), error.kind) == (sort, kind)
    assert box.letters == []


@pytest.mark.parametrize(
    ("end", "sort"),
    [
        ("451 later", Retryable),
        ("554 no", Refused),
        ("354 what", OutcomeUnknown),
        ("nonsense", OutcomeUnknown),
        (LOST, OutcomeUnknown),
    ],
)
async def test_after_the_end_only_a_refusal_proves_that_it_was_not_taken(
    box: Letterbox, end: str, sort: type[ClientError]
) -> None:
    box.end = end
    assert type(await refused(mail_to(box))) is sort


async def test_silence_after_the_end_is_no_answer(box: Letterbox) -> None:
    box.silent = asyncio.Event()
    with pytest.raises(OutcomeUnknown, match="lost"):
        await mail_to(box).hand_over(LETTER, end_seconds=0.2)
    box.silent.set()
    assert len(box.letters) == 1


async def test_nothing_arrives_when_the_last_word_is_no_or_fails(box: Letterbox) -> None:
    async def no() -> bool:
        assert b"DATA" in box.heard
        return False

    async def broken() -> bool:
        raise RuntimeError("the database is down")

    assert not await mail_to(box).hand_over(LETTER, may=no)
    with pytest.raises(RuntimeError, match="database"):
        await mail_to(box).hand_over(LETTER, may=broken)
    assert box.letters == []


async def test_a_look_sends_nothing_and_says_no_password(box: Letterbox, dead_port: int) -> None:
    box.login = ("ann", "canary")
    said = await mail_to(box, "ann:canary@").check()
    assert said == f"localhost:{box.port} answers, without TLS"
    assert {b"MAIL", b"AUTH"}.isdisjoint(box.heard)
    with pytest.raises(Retryable):
        await Mail(f"smtp://ann:canary@127.0.0.1:{dead_port}", FROM).check()
