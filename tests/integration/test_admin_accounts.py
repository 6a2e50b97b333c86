from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from db.cipher import TokenCipher
from db.database import Database, open_database
from schemas.account import (
    Account,
    AccountDay,
    CaptionLead,
    ChannelName,
    Login,
    PostingPolicy,
    ReviewPolicy,
    Silence,
)
from schemas.composition import Anchor, Layout, SoundMix
from schemas.day import Stage
from tests.conftest import StoreAccess
from tests.earned import posts
from tests.factories import DAY, an_account
from tests.integration.door import AdminDoor, admin_door, typed, write_secret

TOKEN = "IGAAcanaryTOKEN"
CIPHER = TokenCipher({"1": bytes.fromhex("ab" * 32)}, "1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("admin")


@pytest.fixture(scope="module")
def admin(database_url: str, object_store: StoreAccess, folder: Path) -> AdminDoor:
    return admin_door(database_url, object_store, folder)


@pytest.fixture(scope="module")
async def db(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture(scope="module")
def token_file(folder: Path) -> Path:
    return write_secret(folder / "token", TOKEN)


def adding(name: str, number: int, *more: str | Path) -> tuple[str | Path, ...]:
    return (
        *("account", "add", name, "--handle", f"@{name}", "--platform-user-id", f"1784{number}"),
        # There is no platform here; how a token is checked: test_admin_tokens.py.
        *("--theme", "tiny robots", "--unchecked", *more),
    )


async def test_an_account_is_added_as_it_was_described(
    admin: AdminDoor, db: Database, token_file: Path
) -> None:
    ended = await admin(
        *adding("whole", 1, "--token-file", token_file, "--voice", "dry", "--audience", "adults"),
        *("--language", "de", "--zone", "Europe/Berlin", "--start-time", "07:30"),
        *("--reel-seconds", "30", "--provider", "luma", "--reviewer", "alice"),
        *("--reviewer", "bob", "--expiry-hours", "48", "--reminder-hours", "6"),
        *("--silence", "hold", "--daily-budget-usd", "12.50", "--banned-topic", "politics"),
        *("--no-share-to-feed", "--monthly-budget-usd", "99", "--trends"),
        *("--allow-mention", "@some.friend", "--allow-link", "shop.example"),
        *("--caption-lead", "alternate", "--layout", "split-50-50", "--top-anchor", "top"),
        *("--sound", "top", "--sound", "music=-12.5", "--no-hook-text"),
        *("--posting-time", "18:30", "--posting-time", "08:00", "--posting-time", "18:30"),
        *("--first-comment", "What would you do?", "--no-ai-label"),
        *("--approvals-needed", "2", "--quiet-hours", "22:00-08:00"),
        *("--review-channel", "slack", "--review-channel", "email", "--review-channel", "slack"),
    )
    assert (ended.code, ended.err) == (0, "")
    assert "slack is not set up here: it reaches nobody until it is" in ended.out
    assert await db.accounts.get("whole") == Account(
        id="whole",
        handle="@whole",
        platform_user_id="17841",
        theme="tiny robots",
        voice="dry",
        audience="adults",
        language="de",
        zone="Europe/Berlin",
        start_time="07:30",
        reel_seconds=30,
        video_providers=("luma",),
        banned_topics=("politics",),
        daily_budget_micros=12_500_000,
        monthly_budget_micros=99_000_000,
        trends=True,
        allowed_mentions=("some.friend",),
        allowed_links=("shop.example",),
        caption_lead=CaptionLead.ALTERNATE,
        share_to_feed=False,
        layout=Layout.SPLIT_50_50,
        top_anchor=Anchor.TOP,
        sound=SoundMix(top=0, music=-12.5),
        hook_text=False,
        review=ReviewPolicy(
            reviewers=("alice", "bob"),
            expiry_hours=48,
            reminder_hours=6,
            silence=Silence.HOLD,
            approvals_needed=2,
            quiet_hours="22:00-08:00",
            channels=(ChannelName.SLACK, ChannelName.EMAIL),
        ),
        posting=PostingPolicy(
            times=("08:00", "18:30"), first_comment="What would you do?", ai_label=False
        ),
    )


async def test_a_token_is_kept_sealed_and_never_shown(
    admin: AdminDoor, db: Database, token_file: Path
) -> None:
    ended = await admin(*adding("sealed", 2, "--token-file", token_file))
    sealed = await db.accounts.sealed_token("sealed")
    assert sealed is not None
    assert TOKEN.encode() not in sealed
    assert CIPHER.open("sealed", sealed) == TOKEN
    assert TOKEN not in ended.out + ended.err


async def test_everything_wrong_is_said_at_once_with_what_to_write(
    admin: AdminDoor, db: Database
) -> None:
    before = await db.accounts.all()
    ended = await admin(
        *("account", "add", "Not_An_Id", "--handle", "", "--platform-user-id", "me"),
        *("--theme", "robots", "--zone", "Mars/Base", "--start-time", "25:00"),
        *("--reel-seconds", "many", "--provider", "sora", "--silence", "publish"),
        *("--expiry-hours", "0", "--reminder-hours", "-1", "--daily-budget-usd", "NaN"),
        *("--monthly-budget-usd", "-1", "--caption-lead", "mine", "--allow-mention", "a b"),
        *("--allow-link", "https://shop.example/x", "--layout", "thirds", "--top-anchor", "up"),
        *("--sound", "drums=loud", "--posting-time", "half past six"),
        *("--collaborator", "not a handle", "--location-id", "Berlin"),
        *("--first-comment", "x" * 301, "--approvals-needed", "3", "--quiet-hours", "night"),
        *("--review-channel", "teams"),
        *("--auto-after-posts", "49", "--auto-unchanged-share", "0.94"),
        *("--auto-sampled-share", "0", "--reviewer", "auto-approval"),
    )
    assert ended.code == 2
    for option, fix in {
        "ID": "like my-account",
        "--handle": "write something",
        "--platform-user-id": "digits only",
        "--zone": "like Europe/Berlin",
        "--start-time": "like 09:00",
        "--reel-seconds": "from 3 to 90",
        "--provider": "there are: luma, pika, runway",
        "--silence": "expire or hold",
        "--expiry-hours": "from 1 to 1440",
        "--reminder-hours": "from 1 to 336",
        "--approvals-needed": "1 or 2",
        "--quiet-hours": "like 22:00-08:00",
        "--review-channel": "there are: slack, discord, email",
        "--auto-after-posts": "from 50 to 1000",
        "--auto-unchanged-share": "from 0.95 to 1",
        "--auto-sampled-share": "from 0.05 to 1",
        "--reviewer": "name a person",
        "--daily-budget-usd": "like 12.50",
        "--monthly-budget-usd": "like 300",
        "--caption-lead": "first or alternate",
        "--allow-mention": "like some.friend",
        "--allow-link": "like shop.example",
        "--layout": "split-60-40, split-50-50 or top-blurred",
        "--top-anchor": "center, left",
        "--sound": "like music=-12",
        "--posting-time": "like 18:30",
        "--collaborator": "like some.friend",
        "--location-id": "digits only",
        "--first-comment": "at most 300 characters",
    }.items():
        assert any(f"{option}: " in line and fix in line for line in ended.err.splitlines()), option
    assert await db.accounts.all() == before


async def test_co_authors_and_a_place_are_of_facebook_login_alone(
    admin: AdminDoor, db: Database
) -> None:
    account = an_account(login=Login.FACEBOOK)
    await db.accounts.add(account, None)
    words = ("account", "set", account.id)
    ended = await admin(*words, "--collaborator", "@some.friend", "--location-id", "1234")
    assert (ended.code, ended.err) == (0, "")

    refused = await admin(*words, "--login", "instagram")
    mended = await admin(
        *(*words, "--login", "instagram", "--clear", "collaborator", "--clear", "location-id")
    )

    for option in ("collaborator", "location-id"):
        assert f"--{option}: needs --login facebook" in refused.err
        assert f"--clear {option}" in refused.err
    assert (refused.code, mended.code) == (2, 0)
    after = await db.accounts.get(account.id)
    assert after is not None
    assert (after.login, after.posting) == (Login.INSTAGRAM, PostingPolicy())


async def test_a_fourth_co_author_is_refused(admin: AdminDoor, db: Database) -> None:
    account = an_account(login=Login.FACEBOOK)
    await db.accounts.add(account, None)
    four = [word for name in "abcd" for word in ("--collaborator", name)]
    ended = await admin("account", "set", account.id, *four)
    assert ended.code == 2
    assert "--collaborator: is given too often: 3 times at most" in ended.err


@pytest.mark.parametrize("sounds", [("music=13",), ("top=-41",), ("top", "top=-3"), ("top=nan",)])
async def test_a_sound_that_can_not_be_mixed_is_refused(
    admin: AdminDoor, token_file: Path, sounds: tuple[str, ...]
) -> None:
    words = [word for sound in sounds for word in ("--sound", sound)]
    ended = await admin(*adding("noisy", 40, "--token-file", token_file, *words))
    assert ended.code == 2
    assert "--sound: " in ended.err
    assert "each once, with decibels from -40 to 12" in ended.err


async def test_what_is_named_is_changed_and_the_rest_stays(
    admin: AdminDoor, db: Database, token_file: Path
) -> None:
    await admin(
        *adding("changing", 11, "--token-file", token_file, "--reviewer", "alice"),
        *("--daily-budget-usd", "3", "--voice", "dry", "--silence", "hold"),
    )
    before = await db.accounts.get("changing")
    assert before is not None

    ended = await admin(
        *("account", "set", "changing", "--provider", "luma", "--monthly-budget-usd", "40"),
        *("--expiry-hours", "24", "--trends", "--clear", "daily-budget-usd", "--clear", "reviewer"),
    )

    assert (ended.code, ended.err, ended.out) == (0, "", "changed changing\n")
    assert await db.accounts.get("changing") == before.model_copy(
        update={
            "monthly_budget_micros": 40_000_000,
            "daily_budget_micros": None,
            "trends": True,
            "review": ReviewPolicy(expiry_hours=24, silence=Silence.HOLD),
        }
    )


async def test_a_paused_account_stays_paused_and_keeps_its_token(
    admin: AdminDoor, db: Database, token_file: Path
) -> None:
    await admin(*adding("resting", 12, "--token-file", token_file))
    await admin("account", "pause", "resting", "--reason", "vacation")
    token = await db.accounts.sealed_token("resting")

    ended = await admin("account", "set", "resting", "--start-time", "10:15")

    assert ended.out == "changed resting\nnext: starter.py schedule apply\n"
    account = await db.accounts.get("resting")
    assert account is not None
    assert (account.start_time, account.paused_reason) == ("10:15", "vacation")
    assert await db.accounts.sealed_token("resting") == token


async def test_a_wrong_change_changes_nothing_and_names_the_option(
    admin: AdminDoor, db: Database, token_file: Path
) -> None:
    await admin(*adding("steady", 13, "--token-file", token_file))
    before = await db.accounts.get("steady")
    wrong = {
        ("--zone", "Mars/Base"): "--zone: ",
        ("--provider", "kodak"): "--provider: ",
        ("--expiry-hours", "0"): "--expiry-hours: ",
        ("--reviewer", "bob", "--clear", "reviewer"): "--clear reviewer: ",
        ("--clear", "theme"): "--clear",
    }
    for words, said in wrong.items():
        ended = await admin("account", "set", "steady", "--voice", "dry", *words)
        assert ended.code == 2
        assert said in ended.err
    assert await db.accounts.get("steady") == before
    assert "is as it was" in (await admin("account", "set", "steady")).out


async def test_a_missing_option_is_named(admin: AdminDoor) -> None:
    ended = await admin("account", "add", "robots", "--handle", "robots")
    assert ended.code == 2
    assert "--platform-user-id, --theme" in ended.err


async def test_without_a_terminal_the_token_must_stand_in_a_file(
    admin: AdminDoor, db: Database
) -> None:
    ended = await admin(*adding("tokenless", 3))
    assert ended.code == 2
    assert "--token-file: is missing" in ended.err
    assert await db.accounts.get("tokenless") is None


@pytest.mark.parametrize(
    "case",
    [
        (TOKEN, 0o644, "chmod 600"),
        ("", 0o600, "is empty"),
        ("two words", 0o600, "no access token"),
        ("tökén", 0o600, "no access token"),
        ("x" * 5000, 0o600, "no access token"),
    ],
)
async def test_a_token_file_that_is_none_or_is_open_to_others_is_refused(
    admin: AdminDoor, db: Database, tmp_path: Path, case: tuple[str, int, str]
) -> None:
    text, mode, said = case
    file = write_secret(tmp_path / "token", text)
    file.chmod(mode)
    ended = await admin(*adding("refused", 4, "--token-file", file))
    assert ended.code == 2
    assert "--token-file" in ended.err
    assert said in ended.err
    assert not text or text not in ended.err
    assert await db.accounts.get("refused") is None


async def test_a_token_is_never_taken_from_the_command_line(admin: AdminDoor) -> None:
    ended = await admin(*adding("argv", 5, "--token", TOKEN))
    assert ended.code == 2
    assert "unrecognized arguments" in ended.err


async def test_an_addition_that_is_cut_off_leaves_no_token_of_which_nothing_is_known(
    admin: AdminDoor, db: Database, token_file: Path
) -> None:
    await db.pool.write("""
        CREATE FUNCTION cut_off() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'cut off' USING ERRCODE = 'admin_shutdown'; END $$
    """)
    await db.pool.write("""
        CREATE TRIGGER cut_off BEFORE UPDATE ON instagram_accounts
        FOR EACH ROW WHEN (NEW.id = 'halfway') EXECUTE FUNCTION cut_off()
    """)
    ended = await admin(*adding("halfway", 10, "--token-file", token_file))
    await db.pool.write("DROP FUNCTION cut_off CASCADE")

    assert ended.code != 0
    assert await db.accounts.sealed_token("halfway") is None


async def test_in_a_terminal_the_token_is_asked_for_and_not_echoed(
    admin: AdminDoor, db: Database
) -> None:
    code, shown = await typed(admin, *adding("typed", 6), token=TOKEN)
    assert code == 0
    assert TOKEN not in shown
    sealed = await db.accounts.sealed_token("typed")
    assert sealed is not None
    assert CIPHER.open("typed", sealed) == TOKEN


async def test_a_second_account_of_one_id_or_user_is_refused(
    admin: AdminDoor, db: Database, token_file: Path
) -> None:
    first = await admin(*adding("first", 7, "--token-file", token_file))
    assert (first.code, first.err) == (0, "")
    same_id = await admin(*adding("first", 8, "--token-file", token_file))
    assert same_id.code == 2
    assert "ID: there is an account 'first' already" in same_id.err
    same_user = await admin(*adding("second", 7, "--token-file", token_file))
    assert same_user.code == 2
    assert "--platform-user-id: another account publishes as" in same_user.err
    assert await db.accounts.get("second") is None


async def test_accounts_are_listed_paused_and_resumed(admin: AdminDoor, token_file: Path) -> None:
    await admin(*adding("listed", 9, "--token-file", token_file, "--reviewer", "alice"))
    paused = await admin("account", "pause", "listed", "--reason", "a [red]holiday[/red]")
    assert paused.code == 0
    shown = await admin("account", "list")
    (line,) = [line for line in shown.out.splitlines() if line.startswith("listed ")]
    for word in (
        "@listed",
        "paused",
        "09:00 UTC",
        "once approved",
        "luma",
        "alice",
        "a [red]holiday[/red]",
    ):
        assert word in line
    assert "at most 59 days" in line
    assert (await admin("account", "resume", "listed")).code == 0
    assert "holiday" not in (await admin("account", "list")).out


async def test_a_resume_names_the_days_that_wait_for_it(admin: AdminDoor, db: Database) -> None:
    account = an_account()
    await db.accounts.add(account, None)
    for day, stage in ((DAY, Stage.NEEDS_ATTENTION), (DAY + timedelta(days=1), Stage.REVIEW)):
        claimed = await db.reels.claim(AccountDay(account=account.id, day=day), "run", "test")
        assert claimed is not None
        await db.reels.set_stage(claimed.id, stage, "account paused: why")
    await db.accounts.pause(account.id, "why")

    said = (await admin("account", "resume", account.id)).out

    assert said.splitlines() == [
        f"resumed {account.id}",
        f"goes on within an hour, or at once: starter.py resolve {account.id} {DAY} retry",
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("account", "pause", "nobody", "--reason", "why"),
        ("account", "resume", "nobody"),
        ("account", "set", "nobody", "--voice", "dry"),
    ],
)
async def test_an_unknown_account_says_where_the_known_ones_are(
    admin: AdminDoor, words: tuple[str, ...]
) -> None:
    ended = await admin(*words)
    assert ended.code == 2
    assert "ID: there is no account 'nobody'; see: admin.py account list" in ended.err


async def test_a_channel_that_is_set_up_is_not_warned_of(admin: AdminDoor, db: Database) -> None:
    account = an_account()
    await db.accounts.add(account, None)
    there = admin.with_settings(
        DISCORD_BOT_TOKEN="x", DISCORD_CHANNEL_ID="42", SMTP_URL="smtp://mail.test:25"
    )
    words = ("account", "set", account.id, "--review-channel")
    ended = await there(*words, "discord", "--review-channel", "email")
    cleared = await there("account", "set", account.id, "--clear", "review-channel")
    after = await db.accounts.get(account.id)

    assert ended.out == cleared.out == f"changed {account.id}\n"
    assert after is not None
    assert after.review.channels == ()


async def test_automatic_approval_is_allowed_shown_and_stopped(
    admin: AdminDoor, db: Database
) -> None:
    account = an_account()
    await db.accounts.add(account, None)
    await posts(db, account, 43)
    words = ("account", "set", account.id)
    bare = await admin("account", "show", account.id)
    on = await admin(*words, "--auto-approval", "--auto-sampled-share", "0.2")
    two = await admin(*words, "--approvals-needed", "2")
    shown = await admin("account", "show", account.id)
    off = await admin(*words, "--no-auto-approval")
    after = await db.accounts.get(account.id)
    nobody = await admin("account", "show", "nobody")

    record = "43 of 50 posts, 100 % unchanged: not yet; it takes 7 more"
    assert f"automatic approval: off; earned: {record}\n" in bare.out
    assert on.out == f"changed {account.id}\nautomatic approval: {record}\n"
    assert two.code == 2
    assert "--auto-approval: does not go with two approvals" in two.err
    assert f"automatic approval: {record}; people see 20 % all the same; to stop: " in shown.out
    assert f"admin.py account set {account.id} --no-auto-approval" in shown.out
    assert off.out == f"changed {account.id}\n"
    assert after is not None
    assert not after.review.auto_approval
    assert "ID: there is no account 'nobody'; see: admin.py account list" in nobody.err
