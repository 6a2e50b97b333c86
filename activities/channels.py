"""Reaching reviewers: every channel is tried, and none twice for one message."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass

import structlog
from temporalio import activity

from activities.heartbeats import last_heartbeat
from clients.errors import ClientError, Retryable
from clients.review import Final, Posted, ReviewCard, ReviewChannel
from db.cards import Cards, Shown
from schemas.account import AccountDay
from schemas.day import Heartbeat
from schemas.notice import CardState

log = structlog.get_logger("activities")


def reaching(
    channels: Iterable[ReviewChannel], names: Collection[str]
) -> tuple[ReviewChannel, ...]:
    """The channels of these names; all that there are when none is named."""
    return tuple(channel for channel in channels if not names or channel.name in names)


@dataclass(frozen=True)
class Board:
    """Where a day's cards hang: one in each channel that keeps them.

    `channels` are those that reach the account's people; to close cards, all that there are.
    Its methods raise what a channel raised, after all of them were tried.
    """

    cards: Cards
    channels: Iterable[ReviewChannel]

    async def ask(self, card: ReviewCard) -> None:
        """Show a revision in each channel, on the day's card where there is one."""
        await _each(self.channels, lambda channel: self._ask(channel, card))

    async def remind(self, card: ReviewCard) -> None:
        """Say in each channel that a revision waits; where no card is known, show it."""
        await _each(self.channels, lambda channel: self._remind(channel, card))

    async def close(self, card: ReviewCard, state: CardState, final: Final) -> None:
        """Bring every card of the day into a final state; one that says so already stays."""
        await _each(self.channels, lambda channel: self._close(channel, card, state, final))

    async def show(self, card: ReviewCard, state: CardState, final: Final) -> None:
        """Show a revision that nobody has to decide on; where no card is kept, say so."""
        await _each(self.channels, lambda channel: self._show(channel, card, state, final))

    async def _ask(self, channel: ReviewChannel, card: ReviewCard) -> None:
        if not channel.keeps_cards:
            await channel.ask(card, None)
            return
        key = AccountDay.from_workflow_id(card.account_day)
        posted = await self._posted(channel, key)
        if posted is None:
            # Before it is sent: an answer that gets lost leaves a card that has to be found.
            await self.cards.begin(key, channel.name)
        reference = await channel.ask(card, posted)
        await self.cards.note(key, channel.name, reference, _shown(card, CardState.ASKED))

    async def _remind(self, channel: ReviewChannel, card: ReviewCard) -> None:
        if not channel.keeps_cards:
            await channel.remind(card, None)
            return
        key = AccountDay.from_workflow_id(card.account_day)
        posted = await self._posted(channel, key)
        if posted is None or not posted.reference:
            await self._ask(channel, card)
            return
        reference = await channel.remind(card, posted)
        if reference != posted.reference:
            await self.cards.note(key, channel.name, reference, _shown(card, CardState.ASKED))

    async def _close(
        self, channel: ReviewChannel, card: ReviewCard, state: CardState, final: Final
    ) -> None:
        key = AccountDay.from_workflow_id(card.account_day)
        row = await self.cards.get(key, channel.name) if channel.keeps_cards else None
        if row is None or (row.state, row.words) == (state, final.sentence):
            return
        reference = await channel.close(card, final, Posted(row.reference, row.begun_at))
        if reference:
            await self.cards.note(key, channel.name, reference, _shown(card, state, final.sentence))

    async def _show(
        self, channel: ReviewChannel, card: ReviewCard, state: CardState, final: Final
    ) -> None:
        if not channel.keeps_cards:
            text = f"{final.words}\n\n{card.page_url}"
            await channel.tell(title=f"{card.account}: {final.title}", text=text)
            return
        await self._ask(channel, card)
        await self._close(channel, card, state, final)

    async def _posted(self, channel: ReviewChannel, key: AccountDay) -> Posted | None:
        row = await self.cards.get(key, channel.name) if channel.keeps_cards else None
        if row is None:
            return None
        asked = row.revision if row.state is CardState.ASKED else None
        return Posted(row.reference, row.begun_at, asked or "")


def _shown(card: ReviewCard, state: CardState, words: str = "") -> Shown:
    return Shown(state=state, words=words or card.changed, revision=card.choices[0].revision)


async def tell_all(channels: Iterable[ReviewChannel], *, title: str, text: str) -> None:
    """Send a plain message to every channel. Raises as `_each` does."""
    await _each(channels, lambda channel: channel.tell(title=title, text=text))


async def _each(
    channels: Iterable[ReviewChannel], send: Callable[[ReviewChannel], Awaitable[None]]
) -> None:
    """Try every channel, but those that an earlier attempt of this activity reached.

    Raises what failed, after all were tried; of several failures one that another try may
    mend.
    """
    reached = last_heartbeat().note.split()
    failures: list[ClientError] = []
    for channel in channels:
        if channel.name in reached:
            continue
        try:
            await send(channel)
        except ClientError as error:
            log.warning("channel.failed", channel=channel.name, reason=error.message)
            failures.append(error)
        else:
            reached.append(channel.name)
            activity.heartbeat(Heartbeat(note=" ".join(reached)))
    if failures:
        raise min(failures, key=lambda error: not isinstance(error, Retryable))
