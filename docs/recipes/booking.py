"""Sells seats to one customer: hold them, take the money, make them theirs.

    pip install WHERE_HOLDFAST_IS/clients/python
    booking.py URL EVENT CHECKOUT CUSTOMER CARD SEAT [SEAT ...]    books
    booking.py URL EVENT CHECKOUT                                  says what became of it

URL is redis://127.0.0.1:7411, or rediss://:TOKEN@HOST:7411 with a token over TLS. CARD is what the pretend provider
below is told: good, declined, or slow.
"""

import math
import sys

import holdfast

PATIENCE_S = 5.0      # so long a customer looks at a spinner
PAYMENT_MS = 60_000   # so long the seats wait for the provider

# What the customer reads. After each of these a new attempt is a new checkout: the old one keeps its answers.
SORRY = {
    holdfast.Taken: "Somebody was quicker. Please pick other seats",
    holdfast.Orphan: "That would leave a single seat between others. Please pick differently",
    holdfast.Limit: "That is more than one customer may have",
    holdfast.Gone: "Your time is up, and the seats are free again. Please pick once more",
    holdfast.Closed: "The seats are not on sale now",
    holdfast.Busy: "There is a rush. Please try again in a moment",
    holdfast.Degraded: "We cannot sell just now. Please try again in some minutes",
}


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


def charge(payments, provider, checkout, card):
    """True or False: paid or declined. None: the provider is silent, and will tell later."""
    for attempt in range(1, 5):
        try:
            return provider.charge(checkout, card)
        except ProviderSilent:
            try:
                payments.retry(checkout, attempt, PAYMENT_MS, within=PATIENCE_S)
            except holdfast.Problem:
                pass  # No more time for the seats. But whether there was money only the provider knows: ask on.
    return None


def book(shop, provider, event, checkout, customer, card, seats):
    """The payment's status at the end. `checkout` names this one attempt of this customer, and its payment."""
    payments = holdfast.Payments(shop, event)
    # If no answer comes to these two, nothing is lost: no money has moved, and what may be held ends by itself.
    key = holdfast.step_key(checkout, "hold")
    hold = shop.ask("HOLD", event, key, customer, 0, "SEATS", *seats, within=PATIENCE_S)
    payments.begin(checkout, [hold["hold"]], PAYMENT_MS, within=PATIENCE_S)
    # From here on the seats wait for the payment, not for the customer's clock. Never charge before this answer.
    paid = charge(payments, provider, checkout, card)
    if paid is None:
        return "PENDING"  # the provider's webhook reports it, with the same two calls as below
    # Money was decided on, so this has to arrive, however long it takes. If it comes too late it is no error either:
    # the seats are sold if they are still free, else the money is owed, which the status says.
    if paid:
        return payments.succeed(checkout, within=math.inf)["status"]
    return payments.fail(checkout, "card-declined", within=math.inf)["status"]


def what_became_of(shop, event, checkout):
    """For a page that is loaded again, or an application that crashed and knows nothing but the checkout."""
    payment = shop.ask("GET", "PAYMENT", event, checkout)
    if payment:
        return payment["status"]
    answer = shop.ask("ASK", event, holdfast.step_key(checkout, "hold"))
    # Null is "not yet", not "never": what was sent just now may still be on its way. Only sending it again settles it.
    if answer is None:
        return "UNKNOWN"
    return f"REFUSED {answer['refused']}" if "refused" in answer else f"HELD {answer['hold']}"


def main():
    url, event, checkout, *rest = sys.argv[1:]
    shop = holdfast.connect(url, name="booking")
    if not rest:
        print(what_became_of(shop, event, checkout))
        return 0
    try:
        # A real application makes the checkout's name (a UUID, say) when the customer presses "buy", and stores it in
        # their session before anything is sent. Whoever starts over with it continues and repeats nothing.
        customer, card, *seats = rest
        status = book(shop, PretendProvider(), event, checkout, customer, card, seats)
    except holdfast.Refused as no:
        if type(no) not in SORRY:
            raise  # Invalid, NoSeat, NoAuth, KeyReused, ...: a mistake of ours, nothing for the customer to know
        print(f"{SORRY[type(no)]} ({no.message}).")
        return 1
    except holdfast.Unheard:
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
