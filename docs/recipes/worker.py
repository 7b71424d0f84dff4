"""Mails a ticket for each order that was sold: once each, by as many workers as there is work for.

    pip install redis
    worker.py URL EVENT GROUP NAME MAILBOX

It may be killed at any moment and started again, and others may run beside it under other names. Nothing is kept here: the server
knows what was done. Somebody has made the group:

    redis-cli GROUP CREATE feed:EVENT GROUP 0 KINDS sold operator "tickets by mail"

MAILBOX is a file that stands for a mail service.
"""

import json
import os
import sys
import time

import redis


class PretendMail:
    """Like a real one it takes an idempotency key: what comes twice under one key is sent once. The file shows each call."""

    def __init__(self, path):
        self.file = open(path, "a")

    def send(self, key, text):
        self.file.write(f"{key}\t{text}\n")
        self.file.flush()
        os.fsync(self.file.fileno())


def work(mail, fields):
    order = json.loads(fields["data"])["order"]
    if order.startswith("broken"):
        raise ValueError(f"no template fits the order {order}")
    # The event and the version are the same for each try, so a second mail has the key of the first.
    mail.send(f"hf-{fields['event']}-{fields['version']}", order)


def main():
    url, event, group, name, mailbox = sys.argv[1:]
    stream, mail = f"feed:{event}", PretendMail(mailbox)
    client = redis.Redis.from_url(url, protocol=2, decode_responses=True, socket_timeout=60)
    while True:
        try:
            for _, entries in client.xreadgroup(group, name, {stream: ">"}, count=5, block=30_000) or []:
                for entry_id, fields in entries:
                    try:
                        work(mail, fields)
                    except ValueError as error:
                        # Not acknowledged: the server gives it to somebody again, and puts it aside after its last try.
                        print(error, file=sys.stderr, flush=True)
                    else:
                        client.xack(stream, group, entry_id)  # last, always
        except (redis.ConnectionError, redis.TimeoutError):
            time.sleep(0.2)


if __name__ == "__main__":
    main()
