#!/usr/bin/env python3
"""What consumer groups cost: processor time of the server, and log.

    benches/groups.py target/release/holdfast /tmp/groups

sells in a directory of its own, which it removes first, and has groups read it. It counts the time that the server's threads were on a
processor, which says the same on a machine that does other things as well. It needs nothing but the standard library.
"""

import glob
import os
import shutil
import subprocess
import sys
import time

from client import Connection

PLAN = '{"sections":[{"name":"A","category":"C","rows":{"from":1,"to":50,"seats":20}}]}'
BATCH, WAIT, TURNS, ROUNDS, IDLE, SETTLE = 100, 50, 200, 5, 1_000, 0.002


class Server(Connection):
    def __init__(self, program, directory):
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        words = [program, "serve", "--listen", "127.0.0.1:0", "--admin-listen", "off", "--data", directory + "/data"]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=open(directory + "/log", "ab"))
        super().__init__(self.process.stdout.readline().decode().split()[-1])
        self.keys = 0

    def stop(self):
        self.process.kill()
        self.process.wait()

    def threads(self):
        """Nanoseconds that its threads were on a processor: those of events and connections, that which follows the log for feeds, the others."""
        sums = [0, 0, 0]
        for task in glob.glob(f"/proc/{self.process.pid}/task/*"):
            name, busy = open(task + "/comm").read(), int(open(task + "/schedstat").read().split()[0])
            sums[0 if name.startswith("actix-rt") else 1 if name.startswith("feed-follower") else 2] += busy
        return sums

    def busy(self):
        return sum(self.threads())

    def figure(self, name):
        lines = self.ask("INFO", "everything").decode().split("\r\n")
        return int(next(line for line in lines if line.startswith(name + ":")).split(":")[1])

    def sell(self):
        """A batch of changes: holds, and their release."""
        keys = range(self.keys, self.keys + BATCH // 2)
        self.keys = keys.stop
        held = self.ask_all([("HOLD", "gala", f"h{key}", f"ann{key}", 0, "BEST", 1) for key in keys])
        assert all(isinstance(reply, list) for reply in held), [reply for reply in held if not isinstance(reply, list)][:1]
        holds = [reply[1].lstrip(b":").decode() for reply in held]
        self.ask_all([("RELEASE", "gala", f"r{key}", hold) for key, hold in zip(keys, holds)])

    def read(self, group, consumer):
        """A batch is read and acknowledged: how many entries."""
        streams = self.ask("XREADGROUP", "GROUP", group, consumer, "COUNT", BATCH, "BLOCK", WAIT, "STREAMS", "feed:gala", ">")
        ids = [entry[0].decode() for entry in streams[0][1]] if streams else []
        if ids:
            self.ask("XACK", "feed:gala", group, *ids)
        return len(ids)


def middle(numbers):
    return sorted(numbers)[len(numbers) // 2]


def selling(alone, beside, groups):
    """Nanoseconds a change, by threads: of a server that nobody reads, and of one that these groups read, in turn, so that the machine is
    the same for both; and what is done for the groups. The middle of some rounds."""

    def sell(server):
        before = server.threads()
        server.sell()
        time.sleep(SETTLE)
        return [after - before for before, after in zip(before, server.threads())]

    def one_round():
        sums = [[0, 0, 0], [0, 0, 0], [0]]
        for turn in range(TURNS):
            order = (0, 1) if turn % 2 else (1, 0)
            for which in order:
                sums[which] = [sum(pair) for pair in zip(sums[which], sell((alone, beside)[which]))]
            sold = beside.busy()
            for group in groups:
                left = BATCH
                while left:
                    left -= beside.read(group, "one")
            sums[2][0] += beside.busy() - sold
        return [number / TURNS / BATCH for part in sums for number in part]

    return [middle(numbers) for numbers in zip(*(one_round() for _ in range(ROUNDS)))]


def scattered(server):
    """Four consumers of one group, in turn: nanoseconds an entry, and bytes of records a batch."""
    server.ask("XGROUP", "CREATE", "feed:gala", "many", 0)
    began, bytes_before, entries, batches = server.busy(), server.figure("log_bytes"), 0, 0
    while count := server.read("many", f"c{batches % 4}"):
        entries, batches = entries + count, batches + 1
    took, written = server.busy() - began, server.figure("log_bytes") - bytes_before
    return took / entries, written / batches


def resting(server):
    """Milliseconds of a processor a second of a server that nobody asks anything."""
    began, busy = time.monotonic(), server.busy()
    time.sleep(5)
    return (server.busy() - busy) / 1e6 / (time.monotonic() - began)


def main(program, directory):
    server, alone = Server(program, directory + "/read"), Server(program, directory + "/alone")
    try:
        for one in (server, alone):
            made = one.ask("EVENT", "CREATE", "gala", "c", PLAN)
            assert isinstance(made, list), made
            for _ in range(TURNS):
                one.sell()
        groups = [f"g{number}" for number in range(4)]
        for group in groups:
            server.ask("XGROUP", "CREATE", "feed:gala", group, "$")
        *sold, reads = selling(alone, server, groups)
        for what, (events, follower, others) in (("alone", sold[:3]), ("beside four groups that keep up", sold[3:])):
            whole = events + follower + others
            print(f"a change {what}: {whole / 1e3:.2f} us, of it {events / 1e3:.2f} events and connections, {follower / 1e3:.2f} the feed's own thread")
        print(f"what the four groups take for it: {reads / 1e3:.2f} us")
        entry, written = scattered(server)
        print(f"an entry of one group with four consumers: {entry / 1e3:.2f} us, {1e9 / entry:,.0f} a second of a processor; {written:.0f} bytes of records a batch")
        before = resting(server)
        server.ask_all([("XGROUP", "CREATE", "feed:gala", f"idle{number}", "$") for number in range(IDLE - 5)])
        print(f"at rest: {before:.2f} ms a second with 5 groups, {resting(server):.2f} ms with {IDLE}")
    finally:
        server.stop()
        alone.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
