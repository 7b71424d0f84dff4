"""The feed of an event: every change, in order, without a gap; and a consumer that does something for each."""

from __future__ import annotations

import math
from typing import Callable, Iterator

from .client import Holdfast, patience_ms
from .errors import Trimmed, Unheard
from .replies import Change

__all__ = ["consume", "feed"]


def without_gap(last: int, page: list[Change]) -> list[Change]:
    for change in page:
        if change.version != last + 1:
            raise AssertionError(f"the feed goes from version {last} to {change.version}")
        last = change.version
    return page


def feed(shop: Holdfast, event: str, after: int = 0, *, count: int = 100) -> Iterator[Change]:
    """Every change with a version after this one, for ever; waits at the server for those to come.

    Lost connections and restarts of the server are bridged. `Trimmed` if the feed is not kept back to there.
    """
    while True:
        page = shop.ask("FEED", event, after + 1, "COUNT", count, "BLOCK", patience_ms(shop.redis), within=math.inf)
        for change in without_gap(after, [Change(*change) for change in page]):
            yield change
            after = change.version


def consume(shop: Holdfast, event: str, position: Callable[[], int], work: Callable[[Change], object],
            settle: Callable[[Trimmed], object] | None = None, *, count: int = 100) -> None:
    """Does `work` for each change, at least once, in order, for ever; ends by what `work` raises.

    `position` tells the version up to which all is done (0 at first). `work` does what the change asks for and stores its
    version as the new position, both or neither; what cannot be in one transaction with the position (a mail, a refund)
    comes first, under a key that is made of what it is for. If `work` found no answer (`Unheard`), the change is done again.
    `settle` is called when the feed is not kept back to the position any more: it does by the present state (`PAYMENT LIST`,
    `LIST ORDERS`) what was missed, and stores the version that `EVENT INFO` had before as the position.
    """
    while True:
        last = position()
        try:
            page = shop.ask("FEED", event, last + 1, "COUNT", count, "BLOCK", patience_ms(shop.redis), within=math.inf)
            for change in without_gap(last, [Change(*change) for change in page]):
                work(change)
        except Unheard:
            continue
        except Trimmed as trimmed:
            if settle is None:
                raise
            settle(trimmed)
