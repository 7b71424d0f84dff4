"""The same with asyncio: `connect`, `ask`, `feed`, `feeds`, `consume`, `LiveMap`."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any, AsyncIterator, Awaitable, Callable, MutableMapping, cast

import redis.asyncio as redis
from redis import RedisError, __version__
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from .asking import PATIENCE_S, Attempts, as_words
from .client import REPEATS, check, options, patience_ms
from .errors import NotNow, Problem, Refused, Trimmed, Unheard, refusal_of
from .feed import Position, question, version_of, without_gap
from .feeds import PAUSE_S, EventChange, FeedsPosition, Gap
from .live_map import QUIET_S, MapChange, SeatStates
from .replies import Change, read_reply
from .table import Word

if TYPE_CHECKING:
    from .table import AsksLater as _AsksLater
else:
    _AsksLater = object

__all__ = ["Holdfast", "LiveMap", "connect", "consume", "feed", "feeds"]


class Holdfast(_AsksLater):
    """What a redis.asyncio client is for holdfast. `redis` is that client, for all that is not here."""

    def __init__(self, client: redis.Redis) -> None:
        self.redis: redis.Redis = check(client)

    if not TYPE_CHECKING:
        async def ask(self, *words: Word, within: float = PATIENCE_S) -> Any:
            """See `holdfast.Holdfast.ask`."""
            words, attempts = as_words(words), Attempts(within)
            while True:
                try:
                    return read_reply(words, await self.redis.execute_command(*words))
                except RedisError as error:
                    pause = attempts.pause_after(error)
                await asyncio.sleep(pause)

    async def close(self) -> None:
        """Gives the connections back."""
        await _close(self.redis)
        await self.redis.connection_pool.disconnect()

    async def __aenter__(self) -> Holdfast:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def _told_of_repeats(connection: Any) -> None:
    await connection.on_connect()
    await connection.send_command(*REPEATS)
    await connection.read_response()


def connect(url: str = "redis://127.0.0.1:7411", *, name: str | None = None, timeout: float = 5.0, repeats: bool = False,
            **given: Any) -> Holdfast:
    """See `holdfast.connect`."""
    more: dict[str, Any] = {"retry": Retry(NoBackoff(), 0)}
    if repeats:
        more["redis_connect_func"] = _told_of_repeats
    return Holdfast(redis.Redis.from_url(url, **options(name, timeout, {**more, **given}, __version__)))


async def feed(shop: Holdfast, event: str, after: int = 0, *, branch: int | None = None,
               count: int = 100) -> AsyncIterator[Change]:
    """See `holdfast.feed`."""
    while True:
        position = after if branch is None else (after, branch)
        page = await shop.ask(*question(event, position, count, patience_ms(shop.redis)), within=math.inf)
        for change in without_gap(after, [Change(*change) for change in page]):
            yield change
            after = change.version


async def feeds(shop: Holdfast, after: int = 0, versions: MutableMapping[str, int] | None = None, *,
                branch: int | None = None, count: int = 100, within: float = PATIENCE_S) -> AsyncIterator[EventChange | Gap]:
    """See `holdfast.feeds`."""
    position = FeedsPosition(after, {} if versions is None else versions, branch)
    while True:
        try:
            page = await shop.ask(*position.question(count, patience_ms(shop.redis)), within=within)
        except Problem as problem:
            gap = position.refused(problem)
            if gap:
                yield gap
            else:
                await asyncio.sleep(PAUSE_S)
        else:
            for told in position.page(page):
                yield told


async def consume(shop: Holdfast, event: str, position: Callable[[], Awaitable[Position]],
                  work: Callable[[Change], Awaitable[object]],
                  settle: Callable[[Trimmed], Awaitable[object]] | None = None, *, count: int = 100) -> None:
    """See `holdfast.consume`."""
    while True:
        known = await position()
        try:
            page = await shop.ask(*question(event, known, count, patience_ms(shop.redis)), within=math.inf)
            for change in without_gap(version_of(known), [Change(*change) for change in page]):
                await work(change)
        except Unheard:
            continue
        except Trimmed as trimmed:
            if settle is None:
                raise
            await settle(trimmed)


class LiveMap(SeatStates):
    """See `holdfast.LiveMap`."""

    def __init__(self, shop: Holdfast, event: str) -> None:
        super().__init__(event)
        self.shop = shop

    async def changes(self) -> AsyncIterator[MapChange]:
        """See `holdfast.LiveMap.changes`."""
        while True:
            subscription: Any = cast(Any, self.shop.redis).pubsub()
            try:
                await subscription.subscribe(f"map:{self.event}")
                async for change in self._heard(subscription):
                    yield change
            except (RedisError, Unheard) as error:
                lost = error if isinstance(error, Problem) else refusal_of(error)
                if isinstance(lost, Refused) and not isinstance(lost, NotNow):
                    raise lost from None
                await asyncio.sleep(0.1)
            finally:
                await _close(subscription)

    async def _heard(self, subscription: Any) -> AsyncIterator[MapChange]:
        asked = False
        while True:
            message = await subscription.get_message(timeout=QUIET_S)
            if message is None:
                if asked:
                    raise Unheard("the subscription is silent")
                await subscription.ping()
            asked = message is None
            change, asks = self.heard(message) if message else (None, False)
            if asks:
                change = await self._look()
            if change:
                yield change

    async def _look(self) -> MapChange | None:
        try:
            return self.picture(await self.shop.ask(*self.question(), within=math.inf))
        except Trimmed as another:
            self.refused(another)
            return await self._look()


async def _close(what: Any) -> None:
    await (what.aclose() if hasattr(what, "aclose") else what.close())  # redis-py 4 has the older name
