#!/usr/bin/env python3
"""What a scrape of the metrics takes: milliseconds and bytes, by the number of events, and of consumer groups.

    benches/scrape.py target/release/holdfast /tmp/scrape 1 1000 100000 1000/1000

makes so many events in a directory of its own, which it removes first; every other event has a hold and an order. 1000/1000 are so many events
and so many groups of the first one, each with an entry that is out and others to come. It scrapes as
Prometheus does, over one connection, and tells the middle and the slowest of a hundred. It needs nothing but the standard library.
"""

import http.client
import os
import re
import shutil
import subprocess
import sys
import time

from client import Connection

PLAN = '{"sections":[{"name":"A","category":"C","rows":{"from":1,"to":2,"seats":10}}]}'
TOGETHER, SCRAPES, NAMED = 250, 100, 200
FLAGS = ["--events-park-after", "0s", "--snapshot-every", "24h", "--snapshot-bytes", "1TiB"]


class Server(Connection):
    def __init__(self, program, directory):
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        self.log = os.path.join(directory, "log")
        doors = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]
        words = [program, "serve", *doors, "--data", os.path.join(directory, "data"), *FLAGS]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=open(self.log, "ab"))
        super().__init__(self.process.stdout.readline().decode().split()[-1])
        self.admin = re.search(r"the admin port is open.*?127\.0\.0\.1:(\d+)", self.plain_log()).group(1)

    def plain_log(self):
        return re.sub(r"\x1b\[[0-9;]*m", "", open(self.log).read())

    def stop(self):
        self.process.kill()
        self.process.wait()


def make(server, events):
    for first in range(0, events, TOGETHER):
        names = [f"ev{event:06}" for event in range(first, min(first + TOGETHER, events))]
        server.ask_all([("EVENT", "CREATE", name, "c", PLAN) for name in names])
        lines = [("HOLD", name, key, "ann", 0, "BEST", 1) for name in names[::2] for key in ("h1", "h2")]
        holds = [reply[1].lstrip(b":").decode() for reply in server.ask_all(lines)]
        server.ask_all([("CONFIRM", name, "s", "order", hold) for name, hold in zip(names[::2], holds[::2])])


def share(server, groups):
    for first in range(0, groups, TOGETHER):
        names = [f"g{number:04}" for number in range(first, min(first + TOGETHER, groups))]
        server.ask_all([("XGROUP", "CREATE", "feed:ev000000", name, 0) for name in names])
        read = ("COUNT", 1, "STREAMS", "feed:ev000000", ">")
        told = server.ask_all([("XREADGROUP", "GROUP", name, "ann", *read) for name in names])
        assert all(isinstance(reply, list) for reply in told), told


def scrape(connection, path):
    began = time.perf_counter()
    connection.request("GET", path, headers={"Accept": "text/plain;version=0.0.4"})
    answer = connection.getresponse()
    body = answer.read()
    took = time.perf_counter() - began
    assert answer.status == 200, body
    return took * 1000, len(body)


def told(connection, path):
    times = sorted(scrape(connection, path) for _ in range(SCRAPES))
    return f"{times[SCRAPES // 2][0]:.1f} ms ({times[-1][0]:.1f})", f"{times[-1][1] / 1024:.0f} KiB"


def main(program, directory, *counts):
    for told_count in counts:
        count, groups = (int(number or 0) for number in told_count.partition("/")[::2])
        server = Server(program, directory)
        try:
            make(server, count)
            share(server, groups)
            connection = http.client.HTTPConnection("127.0.0.1", int(server.admin))
            step = max(1, count // NAMED)
            names = [f"ev{event:06}" for event in range(0, count, step)][:NAMED]
            single = "/metrics/events?" + "&".join(f"name={name}" for name in names)
            cells = [f"{count:,}" + (f" and {groups:,} groups" if groups else ""), *told(connection, "/metrics"), *told(connection, single)]
            print("| " + " | ".join(cells) + " |", flush=True)
        finally:
            server.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
