"""What the server says no with, a class for each KIND; and that no reply came.

`clients/table.json` has all KINDs, and a test holds these classes to it. A KIND that a later server has is a plain `Refused`.
"""

from __future__ import annotations

import re

import redis

from .table import BINDING

__all__ = ["Problem", "Unheard", "Refused", "Taken", "Orphan", "Gone", "Limit", "Closed", "State", "Exists", "KeyReused",
           "NoEvent", "NoSeat", "Invalid", "Trimmed", "NoAuth", "Denied", "ExecAbort", "Approval", "NoGroup", "BusyGroup",
           "CrossSlot", "Proto", "NotNow", "Busy", "Degraded", "Early", "ClusterDown", "ReadOnly", "MasterDown", "Timeout",
           "refusal_of"]

# redis-py cuts KIND off an error that it has a class for.
_CUT_OFF = {"AuthenticationError": "NOAUTH", "ExecAbortError": "EXECABORT", "ClusterCrossSlotError": "CROSSSLOT",
            "ReadOnlyError": "READONLY", "ClusterDownError": "CLUSTERDOWN", "MasterDownError": "MASTERDOWN", "MovedError": "MOVED"}
_SEAT = re.compile(r"(.+?) (held|paying|sold|blocked|removed)(?:, |$)")


class Problem(Exception):
    """There is no answer that can be used: refused, or unheard."""


class Unheard(Problem):
    """No reply came in time. The command may have been carried out, or not: the same words again will tell."""


class Refused(Problem):
    """The server's no: `kind` for programs, `code` for `holdfast explain`, `message` for people."""

    kind: str
    code: str
    message: str

    def __init__(self, kind: str, code: str, message: str) -> None:
        super().__init__(f"{kind} {code} {message}")
        self.kind, self.code, self.message = kind, code, message

    @property
    def binds(self) -> bool:
        """Is it the answer to its key for ever? Else the same key may be sent again."""
        return self.kind in BINDING


class Taken(Refused):
    """Seats are not free, or there are not enough of them."""

    @property
    def seats(self) -> list[tuple[str, str]]:
        """The seats that are not free, the first 16, each with its status. Empty where it is about numbers of places."""
        return _SEAT.findall(self.message) if self.code != "HF-BIZ-002" else []


class Orphan(Refused):
    """The pick would leave a lone seat."""

    @property
    def seat(self) -> str:
        """The seat that would be alone."""
        return self.message.removeprefix("leaves ").split(" alone;", 1)[0]

    @property
    def picks(self) -> list[tuple[str, str]]:
        """Up to three legal picks nearby: the first and the last seat of each."""
        picks = self.message.partition("nearby: ")[2].split(", ")
        return [(first, last or first) for first, _, last in (pick.partition(" to ") for pick in picks) if first]


class Gone(Refused):
    """The hold, order or payment is unknown or over."""


class Limit(Refused):
    """A limit of the event."""


class Closed(Refused):
    """The event is paused, not open yet, or over."""


class State(Refused):
    """Not possible in this state."""

    @property
    def seats(self) -> list[str]:
        """Of a group that is sold only as a whole (`HF-BIZ-043`): the seats that are to be named too."""
        return self.message.partition(" is sold only together with ")[2].split(", ") if self.code == "HF-BIZ-043" else []


class Exists(Refused):
    """There is one of that name."""


class KeyReused(Refused):
    """The key was used for something else."""


class NoEvent(Refused):
    """There is no such event."""


class NoSeat(Refused):
    """There is no such seat, area, section or category."""


class Invalid(Refused):
    """Bad words: a mistake of the program."""


class Trimmed(Refused):
    """The feed is not kept back to there."""

    @property
    def oldest(self) -> int | None:
        """The oldest version (of `FEEDS`: LSN) that is kept; `None` if nothing of this event is kept."""
        named = re.search(r"the oldest is (\d+)$", self.message)
        return int(named[1]) if named else None


class NoAuth(Refused):
    """Not logged in, or with a token that is not valid."""


class Denied(Refused):
    """The token does not allow it."""


class ExecAbort(Refused):
    """The transaction has a bad command in it."""


class Approval(Refused):
    """One token alone may not do it: it waits for the approval of another."""

    @property
    def execution(self) -> str:
        """What waits: `JOB GET` shows what it would touch, and what has become of it."""
        return self.message.partition(" ")[0]


class NoGroup(Refused):
    """The stream has no consumer group of this name."""


class BusyGroup(Refused):
    """The stream has a consumer group of this name."""


class CrossSlot(Refused):
    """The transaction is about several events."""


class Proto(Refused):
    """Not the protocol, or over a limit of it."""


class NotNow(Refused):
    """Not judged: the same again later, with the same key. `ask` does that by itself."""

    @property
    def retry_after(self) -> float | None:
        """Seconds, where the server says when to come back."""
        named = re.search(r"retry after (\d+) ms", self.message)
        return int(named[1]) / 1000 if named else None


class Busy(NotNow):
    """Overloaded: the same again later, with the same key."""


class Degraded(NotNow):
    """The disk is slow, full or broken: the same again later, with the same key."""


class Early(NotNow):
    """Only time or another report can turn it: the same again later, with the same key."""


class ClusterDown(NotNow):
    """No node is known to sell: the same again a moment later, with the same key."""


class ReadOnly(NotNow):
    """This node follows and another one sells: the same again there, with the same key."""


class MasterDown(NotNow):
    """What this node shows may be too old: the same again, or to another node."""


class Timeout(NotNow):
    """The event did not come to the version in time: the same again, or without waiting."""


def _classes(of: type[Refused]) -> dict[str, type[Refused]]:
    found = {of.__name__.upper(): of}
    for one in of.__subclasses__():
        found |= _classes(one)
    return found


_KINDS = _classes(Refused)


def refusal_of(error: Exception) -> Problem:
    """What an exception of redis-py is here. For those who send by themselves: pipelines, transactions."""
    text = str(error).rpartition(" of pipeline caused error: ")[2]
    kind = _CUT_OFF.get(type(error).__name__)
    if not kind and not isinstance(error, redis.ResponseError):
        return Unheard(text)
    if not kind or text.startswith(kind):
        kind, _, text = text.partition(" ")
    code, _, message = text.partition(" ")
    return _KINDS.get(kind, Refused)(kind, code, message)
