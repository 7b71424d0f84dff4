"""Sells seats to one customer: hold them, take the money, make them theirs.

    pip install redis
    booking.py URL EVENT CHECKOUT CUSTOMER CARD SEAT [SEAT ...]    books
    booking.py URL EVENT CHECKOUT                                  says what became of it

URL is redis://127.0.0.1:7411, or rediss://:TOKEN@HOST:7411 with a token over TLS. CARD is what the pretend provider
below is told: good, declined, or slow.
"""

import math
import random
import re
import sys
import time

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

PATIENCE_S = 5.0      # so long a customer looks at a spinner
PAYMENT_MS = 60_000   # so long the seats wait for the provider

# What the customer reads. After each of these a new attempt is a new checkout: the old one keeps its answers.
SORRY = {
    "TAKEN": "Somebody was quicker. Please pick other seats",
    "ORPHAN": "That would leave a single seat between others. Please pick differently",
    "LIMIT": "That is more than one customer may have",
    "GONE": "Your time is up, and the seats are free again. Please pick once more",
    "CLOSED": "The seats are not on sale now",
    "BUSY": "There is a rush. Please try again in a moment",
    "DEGRADED": "We cannot sell just now. Please try again in some minutes",
}


class Refused(Exception):
    """The server's no: KIND, which programs decide by, and what it said to people."""

    def __init__(self, text):
        self.kind, self.code, self.detail = (text.split(" ", 2) + ["", ""])[:3]
        super().__init__(text)


class Unheard(Exception):
    """No reply came. The command may have been carried out, or not."""


def connect(url):
    # The library may repeat commands by itself, which is safe here. We switch it off because ask() below does it, and
    # knows how long. A timeout is needed all the same: a network that swallows packets closes no connection.
    return redis.Redis.from_url(
        url, protocol=3, decode_responses=True, socket_timeout=5, retry=Retry(NoBackoff(), 0))


def ask(r, *words, patience=PATIENCE_S):
    """Sends one command until its answer is known.

    The words are the same each time, the key among them, so it makes no difference how often it arrives: it happens
    once, and every repetition gets the first answer. Nothing has to be found out first.
    """
    until, pause = time.monotonic() + patience, 0.05
    while True:
        wait = pause
        try:
            return r.execute_command(*words)
        except redis.AuthenticationError as error:
            raise Refused(f"NOAUTH {error}") from None  # redis-py takes it for a lost connection; it is final
        except (redis.ConnectionError, redis.TimeoutError) as error:
            problem = Unheard(str(error))
        except redis.ResponseError as error:
            problem = Refused(str(error))
            if problem.kind not in ("BUSY", "DEGRADED"):
                raise problem from None  # an answer, and it stays the answer to this key
            # It was not judged, and the key is as good as new. BUSY says when to come back.
            named = re.search(r"retry after (\d+) ms", problem.detail)
            wait = int(named[1]) / 1000 if named else pause
        wait *= random.uniform(1, 1.5)  # those who were refused together shall not come back together
        if time.monotonic() + wait > until:
            raise problem
        time.sleep(wait)
        pause = min(2 * pause, 2)


class ProviderSilent(Exception):
    """The provider did not answer. The money may have moved, or not."""


class PretendProvider:
    """Stands for a payment provider. Like a real one it takes an idempotency key, and charges once for each."""

    def __init__(self):
        self.asked = 0

    def charge(self, key, card):
        self.asked += 1
        if card == "slow" and self.asked == 1:
            raise ProviderSilent(key)
        return card != "declined"


def charge(r, provider, event, checkout, card):
    """True or False: paid or declined. None: the provider is silent, and will tell later."""
    for attempt in range(1, 5):
        try:
            return provider.charge(checkout, card)
        except ProviderSilent:
            try:
                ask(r, "PAYMENT", "RETRY", event, f"{checkout}/retry-{attempt}", checkout, PAYMENT_MS)
            except (Refused, Unheard):
                pass  # No more time for the seats. But whether there was money only the provider knows: ask on.
    return None


def book(r, provider, event, checkout, customer, card, seats):
    """The payment's status at the end. `checkout` names this one attempt of this customer, and its payment."""
    # If no answer comes to these two, nothing is lost: no money has moved, and what may be held ends by itself.
    hold = ask(r, "HOLD", event, f"{checkout}/hold", customer, 0, "SEATS", *seats)
    ask(r, "PAYMENT", "TRY", event, f"{checkout}/try", checkout, PAYMENT_MS, hold["hold"])
    # From here on the seats wait for the payment, not for the customer's clock. Never charge before this answer.
    paid = charge(r, provider, event, checkout, card)
    if paid is None:
        return "PENDING"  # the provider's webhook reports it, with the same two commands as below
    # Money was decided on, so this has to arrive, however long it takes. If it comes too late it is no error either:
    # the seats are sold if they are still free, else the money is owed, which the status says.
    if paid:
        report = ("PAYMENT", "SUCCEED", event, f"{checkout}/paid", checkout)
    else:
        report = ("PAYMENT", "FAIL", event, f"{checkout}/failed", checkout, "card-declined")
    return ask(r, *report, patience=math.inf)["status"]


def what_became_of(r, event, checkout):
    """For a page that is loaded again, or an application that crashed and knows nothing but the checkout."""
    payment = ask(r, "GET", "PAYMENT", event, checkout)
    if payment:
        return payment["status"]
    answer = ask(r, "ASK", event, f"{checkout}/hold")
    # Null is "not yet", not "never": what was sent just now may still be on its way. Only sending it again settles it.
    if answer is None:
        return "UNKNOWN"
    return f"REFUSED {answer['refused']}" if "refused" in answer else f"HELD {answer['hold']}"


def main():
    url, event, checkout, *rest = sys.argv[1:]
    r = connect(url)
    if not rest:
        print(what_became_of(r, event, checkout))
        return 0
    try:
        # A real application makes the checkout's name (a UUID, say) when the customer presses "buy", and stores it in
        # their session before anything is sent. Whoever starts over with it continues and repeats nothing.
        customer, card, *seats = rest
        status = book(r, PretendProvider(), event, checkout, customer, card, seats)
    except Refused as no:
        if no.kind not in SORRY:
            raise  # INVALID, NOSEAT, NOAUTH, KEYREUSED, ...: a mistake of ours, nothing for the customer to know
        print(f"{SORRY[no.kind]} ({no.detail}).")
        return 1
    except Unheard:
        print("We could not reach the box office. Nothing was charged.")
        return 1
    print({
        "SUCCESS": f"Sold: {' '.join(seats)}.",
        "FAILED": "The card was declined. The seats are free again.",
        "REFUND_DUE": "Your money came when the seats had gone. You get it back.",
        "REFUNDED": "Your money came when the seats had gone. You have got it back.",
        "PENDING": "Your bank has not answered yet. We send you a mail.",
    }[status])
    return 0 if status == "SUCCESS" else 1


if __name__ == "__main__":
    sys.exit(main())
