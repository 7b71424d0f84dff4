"""The changes of all events, in the order of the log; what is missing is told in its place."""

from __future__ import annotations

import re
import time
from typing import Any, Iterator, MutableMapping, NamedTuple

from .asking import PATIENCE_S
from .client import Holdfast, patience_ms
from .errors import NotNow, Problem, Refused, Trimmed, Unheard
from .table import Word

__all__ = ["EventChange", "FeedsPosition", "Gap", "feeds"]

PAUSE_S = 0.1  # after a server that cannot be reached, or cannot read its log now
_OUT_OF_SERVICE = re.compile(r"record \d+ is of event (\S+): .*; go on with (\d+), ", re.DOTALL)


class EventChange(NamedTuple):
    """A change of one of all events; docs/feed.md has the kinds and their fields."""

    lsn: int
    event: str
    version: int
    at: int
    kind: str
    fields: dict[str, Any]


class Gap(NamedTuple):
    """Changes that do not come. Whoever needs them reads `FEED` of the event, and the present state where that is not kept.

    `lsn`: all up to there is told, or is missing. `event`: whose changes they are; `None`: of any event. They have versions
    after `after`, up to the one before `before`; `None`: not known. `why`: what the server said, if it did.
    """

    lsn: int
    event: str | None
    after: int | None
    before: int | None
    why: Refused | None


class FeedsPosition:
    """How far all events have been read. Knows no connection: pages and refusals come in, changes and gaps go out."""

    def __init__(self, after: int, versions: MutableMapping[str, int], branch: int | None = None) -> None:
        self.lsn, self.versions, self.branch = after, versions, branch
        self._from_the_start = after == 0

    def question(self, count: int, block_ms: int) -> tuple[Word, ...]:
        """The command whose reply `page` takes."""
        branch: tuple[Word, ...] = () if self.branch is None else ("BRANCH", self.branch)
        return ("FEEDS", self.lsn + 1, "COUNT", count, "BLOCK", block_ms, *branch)

    def page(self, changes: list[list[Any]]) -> Iterator[EventChange | Gap]:
        """Takes the reply to `question`. What is given out counts as done when the next is asked for."""
        for change in (EventChange(*change) for change in changes):
            gap = self._gap_before(change)
            if gap:
                yield gap
            # Whoever has settled the gap may know more of this event by now.
            if change.version > self.versions.get(change.event, 0):
                yield change
                self.versions[change.event] = max(change.version, self.versions.get(change.event, 0))
            self.lsn = change.lsn

    def refused(self, problem: Problem) -> Gap | None:
        """What is missing because of this; `None`: the same question again. Raises what stands."""
        if isinstance(problem, Trimmed) and problem.oldest is not None:
            self._from_the_start = False
            gap = Gap(problem.oldest - 1, None, None, None, problem)
        elif isinstance(problem, NotNow) and (named := _OUT_OF_SERVICE.match(problem.message)):
            gap = Gap(int(named[2]) - 1, named[1], self.versions.get(named[1]), None, problem)
        elif isinstance(problem, (NotNow, Unheard)):
            return None
        else:
            raise problem from None
        self.lsn = gap.lsn
        return gap

    def _gap_before(self, change: EventChange) -> Gap | None:
        known = self.versions.get(change.event, 0 if self._from_the_start else None)
        if known is None or change.version <= known + 1:
            return None
        return Gap(change.lsn - 1, change.event, known, change.version, None)


def feeds(shop: Holdfast, after: int = 0, versions: MutableMapping[str, int] | None = None, *, branch: int | None = None,
          count: int = 100, within: float = PATIENCE_S) -> Iterator[EventChange | Gap]:
    """Every change of all events with an LSN after this one, for ever; waits at the server for those to come.

    Lost connections and restarts of the server are bridged. Where changes are missing, a `Gap` says so: they are not kept
    any more, or their event is out of service for longer than `within` seconds.
    `versions` has the last version that is known of each event, and is kept up to date; a change with such a version or an
    older one does not come. Without it, what an event has lost before its first change that comes is told only where `after`
    is 0. Whoever stores the LSN to go on from stores the versions too, and the branch (`INFO` tells it): with `branch`, a server
    that was restored from a backup since raises `Trimmed`.
    """
    position = FeedsPosition(after, {} if versions is None else versions, branch)
    while True:
        try:
            page = shop.ask(*position.question(count, patience_ms(shop.redis)), within=within)
        except Problem as problem:
            gap = position.refused(problem)
            if gap:
                yield gap
            else:
                time.sleep(PAUSE_S)
        else:
            yield from position.page(page)
