#!/usr/bin/env python3
"""What subscribers of a live map cost: bytes, processor time of the server, and the time of a hold with and without them.

    cargo build --release
    python3 benches/live_map.py [--server target/release/holdfast] [--subscribers 100] [--rate 1000] [--seconds 10]

An event of 80,000 seats. One connection holds and gives back at the rate that is asked for, each command sent at its time
whatever has become of those before it, and the time until its reply counts. First nobody listens, then the subscribers do.
"""

import argparse
import json
import os
import selectors
import socket
import subprocess
import tempfile
import threading
import time

from client import command, reply

SEATS = 80_000
PLAN = json.dumps({"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 800, "seats": 100}}]})


def connect(address):
    host, port = address.rsplit(":", 1)
    connection = socket.create_connection((host, int(port)))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def ask(connection, *words):
    connection.sendall(command(*words))
    reply = connection.recv(1 << 20)
    assert not reply.startswith(b"-"), reply
    return reply


def processor_s(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def sell(address, rate, seconds, version):
    """Holds and releases in turn. Returns the times of the holds, in order, and the version that was reached."""
    connection, count = connect(address), rate * seconds
    sent, took = [0.0] * count, []

    def read():
        replies = connection.makefile("rb")
        for number in range(count):
            told = reply(replies)
            assert isinstance(told, list), told
            if number % 2 == 0:
                took.append(time.perf_counter() - sent[number])

    reader = threading.Thread(target=read)
    reader.start()
    began = time.perf_counter()
    for number in range(count):
        wait = began + number / rate - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        sent[number] = time.perf_counter()
        key = f"k{version}-{number}"
        if number % 2 == 0:
            seat = number * 7919 % SEATS
            connection.sendall(command("HOLD", "hall", key, f"h{number}", 600000, "SEATS", f"#{seat}"))
        else:
            connection.sendall(command("RELEASE", "hall", key, version + number))
    reader.join()
    return sorted(took), version + count


def listen(address, subscribers, stop, told):
    selector = selectors.DefaultSelector()
    for _ in range(subscribers):
        connection = connect(address)
        ask(connection, "SUBSCRIBE", "map:hall")
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_READ)
    told["ready"].set()
    while not stop.is_set():
        for key, _ in selector.select(0.1):
            data = key.fileobj.recv(1 << 20)
            told["bytes"] += len(data)
            told["messages"] += data.count(b'{"from":')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", default="target/release/holdfast")
    parser.add_argument("--subscribers", type=int, default=100)
    parser.add_argument("--rate", type=int, default=1000, help="changes a second")
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        server = subprocess.Popen(
            [options.server, "serve", "--listen", "127.0.0.1:0", "--admin-listen", "off", "--data", directory],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        try:
            address = server.stdout.readline().split()[-1]
            ask(connect(address), "EVENT", "CREATE", "hall", "k", PLAN)
            version = 1
            for subscribers in (0, options.subscribers, 0, options.subscribers):
                stop, told = threading.Event(), {"bytes": 0, "messages": 0, "ready": threading.Event()}
                listener = threading.Thread(target=listen, args=(address, subscribers, stop, told))
                listener.start()
                told["ready"].wait()
                before = processor_s(server.pid)
                times, version = sell(address, options.rate, options.seconds, version)
                spent = processor_s(server.pid) - before
                stop.set()
                listener.join()
                p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
                each = max(1, subscribers) * options.seconds
                print(
                    f"{subscribers:>4} subscribers: processor {spent / options.seconds:.1%}, "
                    f"hold p50 {p50 * 1000:.2f} ms, p99 {p99 * 1000:.2f} ms, "
                    f"{told['messages'] / each:.1f} messages and {told['bytes'] / each / 1000:.1f} kB a second each"
                )
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
