"""Sends tickets for what was sold, and pays back what is owed: each once, whatever crashes.

    pip install WHERE_HOLDFAST_IS/clients/python
    consumer.py URL EVENT DATABASE MAILBOX

It may be killed at any moment and started again. DATABASE (SQLite, made if it is not there) holds the tickets and how
far the feed was worked off. MAILBOX is a file that stands for a mail service and a payment provider.
"""

import hashlib
import math
import os
import sqlite3
import sys

import holdfast

SCHEMA = """
CREATE TABLE IF NOT EXISTS position (event TEXT PRIMARY KEY, version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS tickets (name TEXT PRIMARY KEY, holder TEXT NOT NULL, seats TEXT NOT NULL);
"""


class PretendService:
    """Stands for mail and money, which are outside of our database and cannot be taken back.

    Like real ones it takes an idempotency key: what comes twice under one key is done once. The file shows each call.
    """

    def __init__(self, path):
        self.file = open(path, "a")

    def call(self, key, text):
        self.file.write(f"{key}\t{text}\n")
        self.file.flush()
        os.fsync(self.file.fileno())
        return "re_" + hashlib.sha256(key.encode()).hexdigest()[:16]  # the same key, the same reference


class Consumer:
    def __init__(self, shop, db, service, event):
        self.shop, self.db, self.service, self.event = shop, db, service, event
        self.payments = holdfast.Payments(shop, event)
        db.executescript(SCHEMA)
        with db:
            db.execute("INSERT OR IGNORE INTO position VALUES (?, 0)", (event,))

    def position(self):
        return self.db.execute("SELECT version FROM position WHERE event = ?", (self.event,)).fetchone()[0]

    def run(self):
        # Waits for changes, and bridges lost connections; what it does again after a crash is the same under the same keys.
        holdfast.consume(self.shop, self.event, self.position, self.work, self.settle_by_lists)

    def work(self, change):
        # Kinds that do not concern us, or that a later version of holdfast has, move the position and no more.
        tickets = []
        if change.kind == "sold":
            tickets = self.send_tickets(change.fields["order"])
        elif change.kind == "payment_succeeded":
            tickets = self.send_tickets(change.fields["payment"])  # an order of the payment's name
        elif change.kind == "refund_due":
            self.pay_back(change.fields["payment"])
        self.store(change.version - 1, change.version, tickets)

    def store(self, last, version, tickets):
        """What was done and how far we are: in one transaction, so a crash leaves both or neither."""
        with self.db:
            self.db.executemany("INSERT OR IGNORE INTO tickets VALUES (?, ?, ?)", tickets)
            moved = self.db.execute(
                "UPDATE position SET version = ? WHERE event = ? AND version = ?", (version, self.event, last))
            if moved.rowcount != 1:
                raise SystemExit("somebody else works on this database: only one consumer may")

    def send_tickets(self, name):
        # The feed says what happened; the order says what it is now. A part may have been cancelled since.
        order = self.shop.ask("GET", "ORDER", self.event, name, within=math.inf)
        if order["status"] != "sold":
            return []
        what = order["seats"] + [str(item) for item in order.get("areas", [])]
        # A mail cannot be part of our transaction. So it comes first: a crash between the two sends it once more, and
        # not never. The key is made of the order's name, so it is the same then, and the service does it once.
        self.service.call(f"tickets/{self.event}/{name}", " ".join(what))
        return [(name, order["holder"], " ".join(what))]

    def pay_back(self, payment):
        reference = self.service.call(f"refund/{self.event}/{payment}", "everything")
        # Here, too, the key is made of what it is for: a repetition gets the first answer.
        self.payments.refunded(payment, reference, within=math.inf)

    def settle_by_lists(self, _trimmed):
        """We were away for longer than the feed is kept: the present state says what was missed.

        First the version, then the lists: what comes in between is seen twice, in the list and in the feed, which does
        no harm. Here all is sold by payment; a shop that uses CONFIRM asks GET ORDER for the orders that it knows of.
        """
        last = self.position()
        version = self.shop.ask("EVENT", "INFO", self.event, within=math.inf)["version"]
        tickets, cursor = [], None
        while cursor != 0:
            cursor, payments = self.shop.ask("PAYMENT", "LIST", self.event, cursor or 0, within=math.inf)
            for payment in payments:
                name, status = payment["payment"], payment["status"]
                if status == "SUCCESS" and not self.has_tickets(name):
                    tickets += self.send_tickets(name)
                elif status == "REFUND_DUE":
                    self.pay_back(name)
        self.store(last, version, tickets)

    def has_tickets(self, name):
        return self.db.execute("SELECT 1 FROM tickets WHERE name = ?", (name,)).fetchone() is not None


def main():
    url, event, database, mailbox = sys.argv[1:]
    shop = holdfast.connect(url, name="consumer")
    db = sqlite3.connect(database)
    db.execute("PRAGMA synchronous = FULL")  # a commit is on the disk when it returns
    Consumer(shop, db, PretendService(mailbox), event).run()


if __name__ == "__main__":
    main()
