"""The feed of an event: every change, in order, without a gap; and a consumer that does something for each."""

from __future__ import annotations

import math
from typing import Callable, Iterator, Union

from .client import Holdfast, patience_ms
from .errors import Trimmed, Unheard
from .replies import Change
from .table import Word

__all__ = ["consume", "feed"]

Position = Union[int, "tuple[int, int]"]
"""The version up to which all is done, alone or with the branch that it is of."""


def question(event: str, position: Position, count: int, block_ms: int) -> tuple[Word, ...]:
    last, *branch = position if isinstance(position, tuple) else (position,)
    return ("FEED", event, last + 1, "COUNT", count, "BLOCK", block_ms, *(word for number in branch for word in ("BRANCH", number)))


def version_of(position: Position) -> int:
    return position[0] if isinstance(position, tuple) else position


def without_gap(last: int, page: list[Change]) -> list[Change]:
    for change in page:
        if change.version != last + 1:
            raise AssertionError(f"the feed goes from version {last} to {change.version}")
        last = change.version
    return page


def feed(shop: Holdfast, event: str, after: int = 0, *, branch: int | None = None, count: int = 100) -> Iterator[Change]:
    """Every change with a version after this one, for ever; waits at the server for those to come.

    Lost connections and restarts of the server are bridged. `Trimmed` if the feed is not kept back to there, and with a `branch`
    (`EVENT INFO` tells it) if the server was restored from a backup since: its versions are others then.
    """
    while True:
        position = after if branch is None else (after, branch)
        page = shop.ask(*question(event, position, count, patience_ms(shop.redis)), within=math.inf)
        for change in without_gap(after, [Change(*change) for change in page]):
            yield change
            after = change.version


def consume(shop: Holdfast, event: str, position: Callable[[], Position], work: Callable[[Change], object],
            settle: Callable[[Trimmed], object] | None = None, *, count: int = 100) -> None:
    """Does `work` for each change, at least once, in order, for ever; ends by what `work` raises.

    `position` tells the version up to which all is done (0 at first), alone or as a pair with the branch that `EVENT INFO` told
    of it; with the branch, a server that was restored from a backup since is noticed for certain. `work` does what the change asks for and stores its
    version as the new position, both or neither; what cannot be in one transaction with the position (a mail, a refund)
    comes first, under a key that is made of what it is for. If `work` found no answer (`Unheard`), the change is done again.
    `settle` is called when the feed is not kept back to the position any more, or is of another branch: it does by the present state (`PAYMENT LIST`,
    `LIST ORDERS`) what was missed, and stores the version that `EVENT INFO` had before as the position.
    """
    while True:
        known = position()
        try:
            page = shop.ask(*question(event, known, count, patience_ms(shop.redis)), within=math.inf)
            for change in without_gap(version_of(known), [Change(*change) for change in page]):
                work(change)
        except Unheard:
            continue
        except Trimmed as trimmed:
            if settle is None:
                raise
            settle(trimmed)
