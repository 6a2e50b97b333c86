import pytest

from db.accounts import Schedule
from db.database import Database
from db.failures import AccountExists, UnknownAccount
from schemas.account import (
    AccountStatus,
    CaptionLead,
    ChannelName,
    Login,
    PostingPolicy,
    ReviewPolicy,
    Silence,
)
from schemas.composition import Anchor, Layout, SoundMix
from schemas.failures import FailureKind
from tests.factories import an_account


async def test_an_account_comes_back_as_it_was_added(db: Database) -> None:
    account = an_account(
        handle="robots ☕",
        login=Login.FACEBOOK,
        zone="Asia/Tokyo",
        start_time="07:30",
        banned_topics=("politics", "weapons"),
        video_providers=("luma", "runway"),
        daily_budget_micros=12_500_000,
        monthly_budget_micros=99_000_000,
        trends=True,
        allowed_mentions=("friend",),
        allowed_links=("shop.example",),
        caption_lead=CaptionLead.ALTERNATE,
        share_to_feed=False,
        layout=Layout.TOP_BLURRED,
        top_anchor=Anchor.LEFT,
        sound=SoundMix(gameplay=-3, music=-12.5),
        hook_text=False,
        review=ReviewPolicy(
            reviewers=("alice", "bob"),
            reminder_hours=6,
            expiry_hours=48,
            silence=Silence.HOLD,
            channels=(ChannelName.DISCORD,),
            auto_approval=True,
            auto_after_posts=60,
            auto_unchanged_share=0.97,
            auto_sampled_share=0.2,
        ),
        posting=PostingPolicy(
            times=("08:00", "18:30"),
            collaborators=("friend",),
            location_id="123456",
            first_comment="What would you do?",
            ai_label=False,
        ),
    )
    await db.accounts.add(account, b"sealed")
    assert await db.accounts.get(account.id) == account
    assert account in await db.accounts.all()


async def test_an_unknown_account_is_none(db: Database) -> None:
    assert await db.accounts.get("nobody") is None
    assert await db.accounts.sealed_token("nobody") is None


async def test_a_second_account_of_the_same_id_is_refused(db: Database) -> None:
    account = an_account()
    await db.accounts.add(account, b"first")
    with pytest.raises(AccountExists, match=account.id):
        await db.accounts.add(account, b"second")
    assert await db.accounts.sealed_token(account.id) == b"first"


async def test_two_accounts_never_publish_as_one_instagram_user(db: Database) -> None:
    first = an_account()
    await db.accounts.add(first, b"sealed")
    with pytest.raises(AccountExists, match=first.platform_user_id):
        await db.accounts.add(an_account(platform_user_id=first.platform_user_id), b"sealed")


async def test_pausing_keeps_the_reason_and_resuming_forgets_it(db: Database) -> None:
    account = an_account()
    await db.accounts.add(account, None)
    await db.accounts.pause(account.id, "token expired", FailureKind.AUTHENTICATION)
    paused = await db.accounts.get(account.id)
    assert paused is not None
    assert (paused.status, paused.paused_reason) == (AccountStatus.PAUSED, "token expired")
    assert paused.paused_kind == FailureKind.AUTHENTICATION
    await db.accounts.resume(account.id)
    assert await db.accounts.get(account.id) == account


async def test_changed_settings_leave_status_and_token_alone(db: Database) -> None:
    account = an_account()
    await db.accounts.add(account, b"sealed")
    await db.accounts.pause(account.id, "holiday")
    changed = account.model_copy(update={"theme": "boats", "allowed_links": ("shop.example",)})
    await db.accounts.change(changed)
    await db.accounts.change(changed)
    paused = {"status": AccountStatus.PAUSED, "paused_reason": "holiday"}
    assert await db.accounts.get(account.id) == changed.model_copy(update=paused)
    assert await db.accounts.sealed_token(account.id) == b"sealed"


async def test_an_account_is_not_changed_into_another_s_instagram_user(db: Database) -> None:
    first, second = an_account(), an_account()
    for account in (first, second):
        await db.accounts.add(account, None)
    taken = second.model_copy(update={"platform_user_id": first.platform_user_id})
    with pytest.raises(AccountExists, match=first.platform_user_id):
        await db.accounts.change(taken)


@pytest.mark.parametrize("change", ["pause", "resume", "change"])
async def test_changing_an_unknown_account_is_refused(db: Database, change: str) -> None:
    changes = {
        "pause": lambda: db.accounts.pause("nobody", "why"),
        "resume": lambda: db.accounts.resume("nobody"),
        "change": lambda: db.accounts.change(an_account(id="nobody")),
    }
    with pytest.raises(UnknownAccount, match="nobody"):
        await changes[change]()


async def test_only_active_accounts_of_the_time_and_zone_run(db: Database) -> None:
    there = {"start_time": "05:55", "zone": "Pacific/Auckland"}
    runs, paused = an_account(**there), an_account(**there)
    for account in (runs, paused, an_account(start_time="05:55", zone="Europe/Berlin")):
        await db.accounts.add(account, None)
    await db.accounts.pause(paused.id, "holiday")
    assert await db.accounts.active_at("05:55", "Pacific/Auckland") == (runs.id,)


async def test_a_schedule_stands_once_and_only_while_someone_is_active(db: Database) -> None:
    there = {"start_time": "03:33", "zone": "America/New_York"}
    both = an_account(**there), an_account(**there)
    for account in both:
        await db.accounts.add(account, None)
    wanted = Schedule("03:33", "America/New_York")
    assert (await db.accounts.schedules()).count(wanted) == 1
    for account in both:
        await db.accounts.pause(account.id, "holiday")
    assert wanted not in await db.accounts.schedules()
