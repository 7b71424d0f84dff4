"""Payments: every report under a key that is made of what it says, and what to answer the provider.

A provider reports when it likes: before the checkout has said TRY, long after the deadline, twice, or from two machines at
once. All of that is right as it comes, as long as the same report has the same key and another one has another.
"""

from __future__ import annotations

from typing import Awaitable, Generic, NamedTuple, Sequence, TypeVar, cast, overload

from .asking import PATIENCE_S, step_key
from .errors import Closed, Early, Exists, Gone, Limit, NotNow, Problem, State, Unheard
from .table import Asks, AsksLater, Payment, Word

__all__ = ["Answer", "Payments", "answer_of"]

R = TypeVar("R")
Amount = tuple[int, str]  # in minor units, with its currency: (12000, "EUR") is 120.00 EUR


class Answer(NamedTuple):
    """What the provider's webhook is answered with."""

    status: int
    retry_after: int | None
    people: bool
    """A person has to look at it: it was final, and money may have come for nothing."""


def answer_of(problem: Problem | None) -> Answer:
    """The HTTP status for a report that was taken (`None`) or not.

    503 asks for the same report again: nothing was judged, or it came too early. A refusal by the rules is final, so 200
    ends the repetitions, and a person looks at it. Everything else is a mistake of ours: 500, so that nothing is lost.
    """
    if problem is None:
        return Answer(200, None, False)
    if isinstance(problem, (NotNow, Unheard)):
        after = problem.retry_after if isinstance(problem, NotNow) else None
        return Answer(503, max(1, round(after or 1)) if not isinstance(problem, Early) else 5, False)
    final = isinstance(problem, (State, Exists, Gone, Limit, Closed))
    return Answer(200 if final else 500, None, True)


class Payments(Generic[R]):
    """The payments of an event. With an asynchronous client each of these is to be awaited."""

    @overload
    def __init__(self: Payments[Payment], shop: Asks, event: str) -> None: ...
    @overload
    def __init__(self: Payments[Awaitable[Payment]], shop: AsksLater, event: str) -> None: ...

    def __init__(self, shop: Asks | AsksLater, event: str) -> None:
        self.shop, self.event = shop, event

    def _ask(self, verb: str, payment: str, said: Sequence[Word], within: float) -> R:
        return self._send(verb, step_key(payment, verb.lower(), *said), payment, said, within)

    def _send(self, verb: str, key: str, payment: str, said: Sequence[Word], within: float) -> R:
        return cast(R, self.shop.ask("PAYMENT", verb, self.event, key, payment, *said, within=within))

    def begin(self, payment: str, holds: Sequence[int], deadline_ms: int = 0, *, amount: Amount | None = None,
              provider: str | None = None, holder: str | None = None, note: str | None = None,
              within: float = PATIENCE_S) -> R:
        """`TRY`: from its answer on the seats wait for the payment. Never charge before it.

        Money that came first makes it `SUCCESS` at once, or `REFUND_DUE` if a hold is over.
        """
        said = [deadline_ms, *holds, *_amount(amount), *_option("PROVIDER", provider), *_option("HOLDER", holder),
                *_option("NOTE", note)]
        return self._send("TRY", step_key(payment, "try"), payment, said, within)

    def retry(self, payment: str, attempt: int, deadline_ms: int = 0, *, within: float = PATIENCE_S) -> R:
        """`RETRY`: the provider is asked again, for the `attempt`-th time; the seats get the time."""
        return self._send("RETRY", step_key(payment, "retry", attempt), payment, [deadline_ms], within)

    def succeed(self, payment: str, *, amount: Amount | None = None, reference: str | None = None,
                within: float = PATIENCE_S) -> R:
        """`SUCCEED`: the money has come, early, in time, late or told twice. `status` says what became of it: `SUCCESS`,
        `PAID_AHEAD` (the checkout is not there yet) or `REFUND_DUE` (the seats have gone)."""
        return self._ask("SUCCEED", payment, [*_amount(amount), *_option("REFERENCE", reference)], within)

    def fail(self, payment: str, reason: str, *, keep_ms: int | None = None, within: float = PATIENCE_S) -> R:
        """`FAIL`: it will not come. The seats are free, or with `keep_ms` back in their holds, for another card.

        `Early` while there is no such payment: the provider is to tell it again.
        """
        return self._ask("FAIL", payment, [reason, *_option("KEEP", keep_ms)], within)

    def refunded(self, payment: str, reference: str, *, amount: Amount | None = None, within: float = PATIENCE_S) -> R:
        """`REFUNDED`: what was due, or this much of it, was paid back. Each reference is one refund, once."""
        return self._ask("REFUNDED", payment, [reference, *_amount(amount)], within)


def _amount(amount: Amount | None) -> list[Word]:
    return [] if amount is None else ["AMOUNT", amount[0], amount[1]]


def _option(name: str, value: str | int | None) -> list[Word]:
    return [] if value is None else [name, value]
