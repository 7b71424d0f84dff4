#!/usr/bin/env python3
"""Figures of events at rest: memory, disk, files, sets of snapshots, start, and how long the first command waits.

    benches/at_rest.py target/release/holdfast /tmp/at-rest 100000

makes so many closed events of 500 seats, ten orders each, in a directory of its own, which it removes first. It needs
nothing but the standard library, and takes some minutes.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import time

from client import Connection

PLAN = (
    '{"sections":[{"name":"A","category":"VIP","rows":{"from":1,"to":10,"seats":20}},'
    '{"name":"B","category":"STD","rows":{"from":1,"to":15,"seats":20}}]}'
)
TOGETHER, ORDERS = 250, 10
LATER = ["--snapshot-every", "24h", "--snapshot-bytes", "1TiB"]


class Server(Connection):
    def __init__(self, program, directory, *flags):
        began = time.time()
        words = [program, "serve", "--listen", "127.0.0.1:0", "--admin-listen", "off", "--data", directory, *flags]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=open(directory + ".log", "ab"))
        address = self.process.stdout.readline().decode().split()[-1]
        self.started_in = time.time() - began
        super().__init__(address)

    def info(self):
        lines = self.ask("INFO", "everything").decode().split("\r\n")
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def resident(self):
        status = open(f"/proc/{self.process.pid}/status").read()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) // 1024

    def background(self):
        """What the thread that makes sets has taken of the processor, milliseconds."""
        for task in os.scandir(f"/proc/{self.process.pid}/task"):
            if open(f"{task.path}/comm").read() == "background\n":
                fields = open(f"{task.path}/stat").read().rsplit(")", 1)[1].split()
                return (int(fields[11]) + int(fields[12])) * 1_000 / os.sysconf("SC_CLK_TCK")
        raise SystemExit("the server has no thread that makes sets")

    def stop(self, kill=False):
        self.process.kill() if kill else self.process.terminate()
        self.process.wait()


def make(server, events):
    for first in range(0, events, TOGETHER):
        names = [(event, f"ev{event:06}") for event in range(first, min(first + TOGETHER, events))]
        server.ask_all([("EVENT", "CREATE", name, "c", PLAN) for _, name in names])
        for order in range(ORDERS):
            seats = (f"#{order * 4}", f"#{order * 4 + 1}")
            holds = server.ask_all(
                [("HOLD", name, f"h{order}-{event}", f"cust-{event * 31 + order}", 0, "SEATS", *seats) for event, name in names]
            )
            numbers = [hold[1].lstrip(b":").decode() for hold in holds]
            server.ask_all(
                [("CONFIRM", name, f"k{order}-{event}", f"order-{order}", number) for (event, name), number in zip(names, numbers)]
            )
        server.ask_all([("EVENT", "CLOSE", name, "cl", "olga", "season over") for _, name in names])


def a_set(server):
    wanted = int(server.info()["lsn_durable"])
    while int(server.info()["snapshot_lsn"]) < wanted:
        time.sleep(0.2)


def all_at_rest(server, events):
    while int(server.info()["events_at_rest"]) < events:
        time.sleep(0.5)
    # What they have freed is given back a moment later.
    time.sleep(3)


def taken(directory):
    def of(name):
        paths = [os.path.join(directory, name, file) for file in os.listdir(os.path.join(directory, name))]
        return f"{name} {len(paths)} files, {sum(os.stat(path).st_blocks for path in paths) * 512 >> 20} MiB"

    return "; ".join(map(of, ("snapshots", "wal")))


def sets(log):
    """How long each set took, milliseconds, and the bytes that it wrote."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", open(log).read())
    return re.findall(r"snapshot made .*?events=(\d+) .*? bytes=(\d+) .*?took_ms=(\d+)", text)


def wakes(server, events):
    times = []
    for event in random.sample(range(events), min(2_000, events // 2)):
        began = time.perf_counter()
        server.ask("COUNT", f"ev{event:06}")
        times.append((time.perf_counter() - began) * 1_000)
    times.sort()
    print(f"first command: p50 {times[len(times) // 2]:.2f} ms, p99 {times[len(times) * 99 // 100]:.2f} ms, max {times[-1]:.2f} ms")


def main(program, directory, events):
    shutil.rmtree(directory, ignore_errors=True)
    if os.path.exists(directory + ".log"):
        os.remove(directory + ".log")
    server = Server(program, directory, *LATER)
    make(server, events)
    print(f"{events} events made: {server.resident()} MiB resident; {taken(directory)}")
    server.stop()
    server = Server(program, directory, "--snapshot-every", "1s", "--events-park-after", "5s")
    print(f"start from the log: {server.started_in:.1f} s, {server.resident()} MiB resident")
    a_set(server)
    all_at_rest(server, events)
    print(f"all at rest, without a restart: {server.resident()} MiB resident")
    before = 0
    for number in range(5):
        # The second set has everything too: each event stands in two.
        before = server.background() if number == 1 else before
        server.ask("CANCEL", "ev000007", f"x{number}", f"order-{number}", "rain")
        a_set(server)
    print(f"a set of one event: {(server.background() - before) / 4:.0f} ms of the processor, and {server.resident()} MiB resident")
    for changed, size, took in sets(directory + ".log"):
        print(f"set: {changed} events new, {size} bytes, {took} ms")
    server.stop()
    server = Server(program, directory)
    rest = server.info().get("events_at_rest", "none")
    print(f"start from the set: {server.started_in:.2f} s, {server.resident()} MiB, {rest} at rest; {taken(directory)}")
    wakes(server, events)
    print(f"after that {server.resident()} MiB")
    server.stop(kill=True)
    server = Server(program, directory)
    print(f"start after a kill: {server.started_in:.2f} s")
    server.stop()


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
