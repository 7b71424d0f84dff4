#!/usr/bin/env python3
"""What it costs a sale to be watched: the rate of holds by itself, and while Prometheus scrapes each second, 64 people look at live maps and
100 commands a second are traced.

    benches/watched.py target/release/holdfast /tmp/watched [--rounds 3] [--commands 1000000] [--events 12]

runs servers in a directory of its own, which it removes first, one after the other, with and without. `holdfast load` sells. Prometheus is a
thread that scrapes over one connection, the collector of traces one that takes everything; so all of them take processor time of the same
machine: how long the threads that serve events and connections were on a processor for a hold says what is on a sale's own way. It needs
nothing but the standard library.
"""

import argparse
import glob
import http.client
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time

from client import Connection

VIEWERS, TRACED, RATIO = 64, 100, "0.01"


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes what comes, and counts the requests."""

    protocol_version, taken = "HTTP/1.1", 0

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        Collector.taken += 1
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Server:
    def __init__(self, program, directory, flags):
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        log = os.path.join(directory, "log")
        doors = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]
        words = [program, "serve", *doors, "--data", os.path.join(directory, "data"), *flags]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=open(log, "ab"))
        self.address = self.process.stdout.readline().decode().split()[-1]
        told = re.sub(r"\x1b\[[0-9;]*m", "", open(log).read())
        self.admin = int(re.search(r"the admin port is open.*?127\.0\.0\.1:(\d+)", told).group(1))

    def figure(self, name):
        lines = Connection(self.address).ask("INFO", "everything").decode().split("\r\n")
        return int(next(line for line in lines if line.startswith(name + ":")).split(":")[1])

    def served(self):
        """Nanoseconds that the threads of events and connections were on a processor."""
        tasks = glob.glob(f"/proc/{self.process.pid}/task/*")
        return sum(int(open(task + "/schedstat").read().split()[0]) for task in tasks if open(task + "/comm").read().startswith("actix-rt"))

    def stop(self):
        self.process.kill()
        self.process.wait()


def scrape(server, over, told):
    connection = http.client.HTTPConnection("127.0.0.1", server.admin)
    while not over.wait(1):
        began = time.perf_counter()
        connection.request("GET", "/metrics", headers={"Accept": "text/plain;version=0.0.4"})
        connection.getresponse().read()
        told["scrapes"].append(time.perf_counter() - began)


def view(server, names, number, over, told):
    """One who looks at the live map of an event, from when it is there."""
    name = names[number % len(names)]
    while not over.is_set():
        with socket.create_connection(("127.0.0.1", server.admin), timeout=1) as connection:
            connection.sendall(f"GET /api/v1/events/{name}/live HTTP/1.1\r\nHost: 127.0.0.1:{server.admin}\r\n\r\n".encode())
            try:
                if b" 200 " not in connection.recv(64):
                    over.wait(0.1)
                    continue
            except TimeoutError:
                continue
            told["viewers"].add(number)
            while not over.is_set():
                try:
                    part = connection.recv(1 << 20)
                except TimeoutError:
                    continue
                if not part:
                    break
                told["bytes"][number] += len(part)


def sell(options, server, seed):
    report = os.path.join(options.directory, "report.json")
    words = ["load", "hold", "--address", server.address, "--commands", str(options.commands), "--events", str(options.events)]
    subprocess.run([options.program, *words, "--seed", str(seed), "--quiet", "--json", report], check=True, stdout=subprocess.DEVNULL)
    return json.load(open(report))


def round_of(options, seed, watched, collector):
    flags = ["--trace-otlp", collector, "--trace-ratio", RATIO, "--trace-max-per-second", str(TRACED)] if watched else []
    server = Server(options.program, options.directory, flags)
    over, threads = threading.Event(), []
    told = {"scrapes": [], "viewers": set(), "bytes": [0] * VIEWERS}
    names = [f"load-{seed}-{number:04}" for number in range(options.events)]
    try:
        if watched:
            work = [(scrape, (server, over, told))] + [(view, (server, names, number, over, told)) for number in range(VIEWERS)]
            threads = [threading.Thread(target=target, args=words) for target, words in work]
            [thread.start() for thread in threads]
        before = server.served()
        rate = sell(options, server, seed)["per_second"]
        us = (server.served() - before) / options.commands / 1e3
        traced = server.figure("trace_queued") if watched else 0
        return rate, us, traced, told
    finally:
        over.set()
        [thread.join() for thread in threads]
        server.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("directory")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--commands", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=12)
    options = parser.parse_args()
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    collector = f"http://127.0.0.1:{receiver.server_port}"
    rates = {False: [], True: []}
    for number in range(options.rounds):
        for watched in (False, True):
            rate, us, traced, told = round_of(options, 2 * number + watched + 1, watched, collector)
            rates[watched].append(rate)
            seen = f"; {len(told['viewers'])} viewers, {sum(told['bytes']) / 1e6:.1f} MB, {len(told['scrapes'])} scrapes, {traced} traced" if watched else ""
            print(f"{'watched' if watched else 'alone'}: {rate:,.0f} holds a second, {us:.2f} us of the serving threads a hold{seen}", flush=True)
    middle = {watched: sorted(of)[len(of) // 2] for watched, of in rates.items()}
    print(f"the middle: {middle[False]:,.0f} alone, {middle[True]:,.0f} watched: {middle[True] / middle[False] - 1:+.1%}")


if __name__ == "__main__":
    main()
