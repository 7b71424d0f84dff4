"""The map of an event, live: what every seat and area is now, and what has changed.

`SUBSCRIBE map:<event>` first, then `PICTURE`; then the messages, whose statuses are absolute. After a lost connection the
same again, with `PICTURE ... SINCE` the version that is known, so that a short break costs a short answer.
"""

from __future__ import annotations

import json
import math
import time
from typing import Any, Iterator, NamedTuple, cast

import redis

from .client import Holdfast
from .errors import NotNow, Problem, Refused, Trimmed, Unheard, refusal_of
from .table import Word

__all__ = ["Area", "LiveMap", "MapChange", "SeatStates"]

QUIET_S = 20.0  # after so long without a message the connection is asked whether it is alive


class Area(NamedTuple):
    """The places of an area."""

    capacity: int
    free: int
    held: int
    paying: int
    sold: int

    @property
    def blocked(self) -> int:
        return self.capacity - self.free - self.held - self.paying - self.sold


class MapChange(NamedTuple):
    """What has become different. `whole`: it is all of the map, as the plan is new or nothing was known."""

    version: int
    at: int
    seats: dict[int, str]
    areas: dict[str, Area]
    whole: bool


class SeatStates:
    """What every seat is as of `version`. Knows no connection: pictures and messages come in, changes go out.

    `seats` has a character for each seat, by its ordinal: `.` free, `h` held, `p` paying, `s` sold, `x` blocked, `-` removed.
    """

    def __init__(self, event: str) -> None:
        self.event = event
        self.version = 0  # 0: nothing is known
        self.branch = 0
        self.plan_version = 0
        self.at = 0
        self.seats: list[str] = []
        self.areas: dict[str, Area] = {}

    def question(self) -> tuple[Word, ...]:
        """The command whose reply `picture` takes."""
        since: tuple[Word, ...] = ("SINCE", self.version, "BRANCH", self.branch) if self.version else ()
        return ("PICTURE", self.event, *since)

    def picture(self, reply: dict[str, Any]) -> MapChange | None:
        """Takes the reply to `question`; `None` if that is no newer than what is known."""
        if reply["version"] <= self.version:
            return None
        areas = {name: Area(*counts) for name, *counts in reply["areas"]}
        if isinstance(reply["seats"], str):
            self.seats, self.areas = list(reply["seats"]), areas
            self.plan_version, self.branch = reply["plan_version"], reply["branch"]
            return self._at(reply, dict(enumerate(self.seats)), areas, whole=True)
        return self._put(reply, {ordinal: status for ordinal, status in reply["seats"]}, areas)

    def refused(self, trimmed: Trimmed) -> None:
        """Takes the refusal of `question` by a server that was restored: the next question is for all of the map."""
        if not self.version:
            raise trimmed
        self.version = 0

    def message(self, payload: str | bytes) -> MapChange | None:
        """Takes a message; `None` if it is known already. Raises `LookupError` where only a new picture helps."""
        said = json.loads(payload)
        if said["version"] <= self.version:
            return None
        if said["from"] > self.version or "ask" in said:
            raise LookupError("a gap, or another plan")
        areas = {name: Area(*counts) for name, counts in said["areas"].items()}
        return self._put(said, {int(ordinal): status for ordinal, status in said["seats"].items()}, areas)

    def heard(self, message: dict[str, Any]) -> tuple[MapChange | None, bool]:
        """Takes what a subscription has given, and says whether a picture has to be asked for."""
        if message["type"] == "message":
            try:
                return self.message(message["data"]), False
            except LookupError:
                return None, True
        # Also when redis-py has connected and subscribed again by itself: messages were lost in between.
        return None, message["type"] == "subscribe"

    def _put(self, said: dict[str, Any], seats: dict[int, str], areas: dict[str, Area]) -> MapChange:
        for ordinal, status in seats.items():
            self.seats[ordinal] = status
        self.areas.update(areas)
        return self._at(said, seats, areas, whole=False)

    def _at(self, said: dict[str, Any], seats: dict[int, str], areas: dict[str, Area], whole: bool) -> MapChange:
        self.version, self.at = said["version"], said["at"]
        return MapChange(self.version, self.at, seats, areas, whole)


class LiveMap(SeatStates):
    """Keeps itself up to date while `changes` is walked through."""

    def __init__(self, shop: Holdfast, event: str) -> None:
        super().__init__(event)
        self.shop = shop

    def changes(self) -> Iterator[MapChange]:
        """Every change, for ever, the whole map first. Lost connections and restarts of the server are bridged.

        What was refused (`NoEvent`, `Denied`, ...) is raised.
        """
        while True:
            subscription: Any = cast(Any, self.shop.redis).pubsub()
            try:
                subscription.subscribe(f"map:{self.event}")
                yield from self._heard(subscription)
            except (redis.RedisError, Unheard) as error:
                lost = error if isinstance(error, Problem) else refusal_of(error)
                if isinstance(lost, Refused) and not isinstance(lost, NotNow):
                    raise lost from None
                time.sleep(0.1)
            finally:
                subscription.close()

    def _heard(self, subscription: Any) -> Iterator[MapChange]:
        asked = False
        while True:
            message = subscription.get_message(timeout=QUIET_S)
            if message is None:
                if asked:
                    raise Unheard("the subscription is silent")
                subscription.ping()
            asked = message is None
            change, asks = self.heard(message) if message else (None, False)
            if asks:
                change = self._look()
            if change:
                yield change

    def _look(self) -> MapChange | None:
        try:
            return self.picture(self.shop.ask(*self.question(), within=math.inf))
        except Trimmed as another:
            self.refused(another)
            return self._look()
