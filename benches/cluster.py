#!/usr/bin/env python3
"""What a log on three machines costs and how long its bad days last: three servers of NATS and three nodes on this machine.

    cargo build --release
    python3 benches/cluster.py load   [--seconds 20]   throughput, latency and processor time of holds, on a server by itself and on a cluster
    python3 benches/cluster.py pauses [--runs 20] [owner log both]   no hold is acknowledged for so long when these are killed
    python3 benches/cluster.py follow [--holds 200000]  how fast a node takes in what it has missed

`--program` and `--nats` name the programs. Each hold that was acknowledged is asked for again at the end of a run, under its key: the answer has to
be the same one.
"""

import argparse
import itertools
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from client import Connection

HERE = Path(__file__).parent.parent
ROWS, SEATS = 400, 200
PLAN = json.dumps({"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": ROWS, "seats": SEATS}}],
                   "limits": {"max_seats_per_holder": ROWS * SEATS}})
SILENT = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


class Cluster:
    """Three of each. What was killed is started again by `whole`."""

    def __init__(self, args, directory):
        self.args, self.directory = args, Path(directory)
        first = random.randrange(15_000, 30_000, 100)
        self.ports = {what: [first + 10 * row + n for n in range(3)] for row, what in enumerate(("nats", "monitor", "route", "node", "admin"))}
        self.running = {}
        at = lambda what, prefix="": [f"{prefix}127.0.0.1:{port}" for port in self.ports[what]]
        routes = ", ".join(json.dumps(url) for url in at("route", "nats://"))
        for n in range(3):
            (self.directory / f"n{n}.conf").write_text(f"""server_name: n{n}
listen: "127.0.0.1:{self.ports["nats"][n]}"
http: "127.0.0.1:{self.ports["monitor"][n]}"
max_payload: 8MB
ping_interval: "2s"
ping_max: 2
jetstream {{ store_dir: "{self.directory}/n{n}", sync_interval: always }}
cluster {{ name: bench, listen: "127.0.0.1:{self.ports["route"][n]}", routes: [{routes}] }}
""")
        (self.directory / "cluster.toml").write_text(f"""[cluster]
name = "bench"
nats_urls = {json.dumps(at("nats", "nats://"))}
nats_monitor = {json.dumps(at("monitor", "http://"))}
nodes = {json.dumps([f"node-{n}={address}" for n, address in enumerate(at("node"))])}
log_bytes = "4GiB"
scrub_every = "0s"
""")
        self.whole(nodes=False)
        init = [args.program, "cluster", "init", "--config", self.directory / "cluster.toml", "--operator", "bench", "--reason", "figures"]
        until("the log is made", lambda: subprocess.run(init, **SILENT).returncode == 0)
        self.whole()

    def whole(self, nodes=True):
        """Starts what does not run."""
        for n in range(3):
            self.run(("nats", n), [self.args.nats, "-c", self.directory / f"n{n}.conf"])
            if nodes:
                self.run(("node", n), [
                    self.args.program, "serve", "--config", self.directory / "cluster.toml", "--cluster-node", f"node-{n}",
                    "--listen", self.address(n), "--admin-listen", f"127.0.0.1:{self.ports['admin'][n]}", "--data", self.directory / f"data{n}",
                    "--recovery-grace", "0s"])

    def run(self, what, words):
        if what not in self.running or self.running[what].poll() is not None:
            self.running[what] = subprocess.Popen([str(word) for word in words], **SILENT)

    def kill(self, what, how=signal.SIGKILL):
        self.running[what].send_signal(how)
        self.running[what].wait()

    def address(self, n):
        return f"127.0.0.1:{self.ports['node'][n]}"

    def info(self, n):
        text = Connection(self.address(n)).ask("INFO", "cluster").decode()
        return dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line)

    def owner(self):
        """Which node sells, if one says that it does."""
        for n in range(3):
            try:
                if self.info(n)["cluster_role"] == "owner" and Connection(self.address(n)).ask("EVENT", "LIST")[:1] != b"-":
                    return n
            except (OSError, KeyError, AttributeError, IndexError):
                pass
        return None

    def leader(self):
        """Which server leads the log."""
        for port in self.ports["monitor"]:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/jsz?streams=1", timeout=2) as told:
                    for account in json.load(told).get("account_details", []):
                        for stream in account.get("stream_detail", []):
                            if stream["name"] == "HF_bench_0" and stream.get("cluster", {}).get("leader"):
                                return int(stream["cluster"]["leader"][1:])
            except OSError:
                pass
        return None

    def is_well(self):
        """All run, somebody sells, all nodes have read all, and all copies are current."""
        if any(child.poll() is not None for child in self.running.values()) or self.owner() is None:
            self.whole()
            return False
        status = subprocess.run([self.args.program, "cluster", "status", "--config", self.directory / "cluster.toml"], **SILENT)
        try:
            return status.returncode == 0 and all(self.info(n)["cluster_lag"] == "0" for n in range(3))
        except (OSError, KeyError, AttributeError):
            return False

    def end(self):
        for child in self.running.values():
            child.kill()
            child.wait()


def until(what, is_so, patience=180):
    since = time.monotonic()
    while (found := is_so()) is None or found is False:
        if time.monotonic() - since > patience:
            raise SystemExit(f"{what}: not within {patience} s")
        time.sleep(0.1)
    return found


class Buyers:
    """Connections that hold a seat each, one after the other, with whoever sells, and remember what they were told and when."""

    def __init__(self, cluster, event, count=8):
        self.cluster, self.event, self.told, self.times = cluster, event, {}, []
        self.numbers, self.is_over = itertools.count(), False
        self.threads = [threading.Thread(target=self.buy) for _ in range(count)]
        [thread.start() for thread in self.threads]

    def ask(self, number, connection):
        seat = f"A-{1 + number // SEATS}-{1 + number % SEATS}"
        return connection.ask("HOLD", self.event, f"k{number}", "ann", 0, "SEATS", seat)

    def buy(self):
        at, connection = 0, None
        number = next(self.numbers)
        while not self.is_over and number < ROWS * SEATS:
            try:
                connection = connection or Connection(self.cluster.address(at))
                connection.socket.settimeout(3)
                answer = self.ask(number, connection)
            except OSError:
                answer = b""
            if isinstance(answer, list):
                self.told[number] = answer
                self.times.append(time.monotonic())
                number = next(self.numbers)
            else:
                at, connection = (at + 1) % 3, None
                time.sleep(0.01)

    def end(self):
        """How many were told, and the longest time without an answer, seconds. All are asked again."""
        self.is_over = True
        [thread.join() for thread in self.threads]
        owner = Connection(self.cluster.address(until("somebody sells", self.cluster.owner)))
        lost = [number for number, answer in self.told.items() if self.ask(number, owner) != answer]
        if lost:
            raise SystemExit(f"{len(lost)} of {len(self.told)} acknowledged holds are not what they were: {lost[:5]}")
        times = sorted(self.times)
        return len(self.told), max(after - before for before, after in zip(times, times[1:]))


def create(cluster, event):
    owner = Connection(cluster.address(until("somebody sells", cluster.owner)))
    until("the event is made", lambda: isinstance(owner.ask("EVENT", "CREATE", event, f"create-{event}", PLAN), list))


def pauses(args):
    with_log = {"owner": (True, False), "log": (False, True), "both": (True, True)}
    for what in args.what or list(with_log):
        of_owner, of_log = with_log[what]
        seconds, holds = [], 0
        for run in range(args.runs):
            cluster = args.cluster()
            until("the cluster is well", cluster.is_well)
            create(cluster, event := f"{what}-{run}")
            buyers = Buyers(cluster, event)
            until("some are sold", lambda: len(buyers.told) > 200)
            owner, leader = until("an owner", cluster.owner), until("a leader", cluster.leader)
            before = len(buyers.told)
            if of_log:
                cluster.kill(("nats", leader))
            if of_owner:
                cluster.kill(("node", owner))
            until("they go on", lambda: buyers.told and len(buyers.told) > before + 500)
            count, pause = buyers.end()
            cluster.whole()
            seconds.append(pause)
            holds += count
            print(f"{what}: {pause:.2f} s, {count} holds, each asked for again", flush=True)
        seconds.sort()
        print(f"{what} lost, {len(seconds)} runs: {seconds[0]:.2f} to {seconds[-1]:.2f} s, median {statistics.median(seconds):.2f} s; {holds} acknowledged holds, 0 lost", flush=True)


def busy(child):
    """Seconds of processor that a process has taken."""
    fields = Path(f"/proc/{child.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(args):
    def measure(name, address, parts):
        words = [args.program, "load", "hold", "--address", address, "--duration", f"{args.seconds}s", "--seats", "4000000", "--quiet", "--on-a-real-server"]
        words += ["--check", "off", "--json", args.directory / "report.json"]
        print(f"== {name}", flush=True)
        before = {part: busy(child) for part, child in parts.items()}
        subprocess.run([str(word) for word in words] + args.more, check=True)
        holds = sum(kind["count"] for kind in json.loads((args.directory / "report.json").read_text())["kinds"])
        took = {part: 1e6 * (busy(child) - before[part]) / holds for part, child in parts.items()}
        print("processor, us a hold: " + ", ".join(f"{part} {us:.2f}" for part, us in took.items()) + f"; together {sum(took.values()):.2f}", flush=True)

    alone = args.directory / "alone"
    port = random.randrange(30_100, 31_900, 2)
    address = f"127.0.0.1:{port}"
    server = subprocess.Popen([args.program, "serve", "--listen", address, "--data", alone, "--admin-listen", f"127.0.0.1:{port + 1}"], **SILENT)
    try:
        until("it serves", lambda: is_there(address))
        measure("a server by itself", address, {"server": server})
    finally:
        server.kill()
        server.wait()
    cluster = args.cluster()
    until("the cluster is well", cluster.is_well)
    owner, leader = until("somebody sells", cluster.owner), until("somebody leads", cluster.leader)
    called = {("node", owner): "owner", ("nats", leader): "NATS leader"}
    parts = {called.get((what, n), f"{what} {n}"): child for (what, n), child in cluster.running.items()}
    measure("the owner of a log on three", cluster.address(owner), parts)


def is_there(address):
    try:
        return Connection(address).ask("PING") == b"+PONG"
    except OSError:
        return False


def follow(args):
    cluster = args.cluster()
    until("the cluster is well", cluster.is_well)
    owner = until("somebody sells", cluster.owner)
    late = (owner + 1) % 3
    until("a node is stopped", lambda: cluster.kill(("node", late), signal.SIGTERM) or True)
    before = int(cluster.info(owner)["cluster_position"])
    words = [args.program, "load", "hold", "--address", cluster.address(owner), "--commands", args.holds, "--quiet", "--on-a-real-server", "--check", "off"]
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)
    messages = int(cluster.info(owner)["cluster_position"]) - before
    cluster.whole()
    since = time.monotonic()
    until("it answers", lambda: is_there(cluster.address(late)))
    until("it has all", lambda: int(cluster.info(late)["cluster_position"]) >= before + messages)
    took = time.monotonic() - since
    print(f"{args.holds} holds in {messages} messages, taken in by a node from its start on in {took:.2f} s: {int(args.holds) / took:,.0f} holds/s, {messages / took:,.0f} messages/s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", choices=["load", "pauses", "follow"])
    parser.add_argument("what", nargs="*", help="of pauses: owner, log, both")
    parser.add_argument("--program", default=str(HERE / "target/release/holdfast"))
    parser.add_argument("--nats", default=str(HERE / "target/test-clients/bin/nats-server"))
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--holds", type=int, default=200_000)
    args, args.more = parser.parse_known_args()
    os.environ = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
    args.directory = Path(tempfile.mkdtemp(prefix="holdfast-cluster-"))
    made = []

    def cluster():
        if not made:
            made.append(Cluster(args, args.directory))
        return made[0]

    args.cluster = cluster
    try:
        {"load": load, "pauses": pauses, "follow": follow}[args.job](args)
    finally:
        [one.end() for one in made]
        shutil.rmtree(args.directory, ignore_errors=True)


if __name__ == "__main__":
    main()
