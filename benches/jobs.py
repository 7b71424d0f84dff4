#!/usr/bin/env python3
"""What sales notice of jobs: latencies of holds in an open loop, without a job, and while replays, reconciliations, backups and drills run.

    benches/jobs.py target/release/holdfast /dev/shm/jobs [RATE [ROUNDS [SECONDS [COMMANDS]]]]

serves a directory of its own, which it removes first, sells COMMANDS of buyers who pay there, and then takes turns. A job that ends is
asked for again at once. On a disk in memory it is the processors that are measured, and not the syncs. It needs nothing but the
standard library.
"""

import glob
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time

from client import Connection

TURNS = {
    "no job": None,
    "replay": ["replay"],
    "reconcile": ["reconcile", "csv", "FILES", "a.csv"],
    "backup": ["backup"],
    "drill": ["drill"],
}
FILE = "id,key,type,amount,currency,at\n1,gala:x,capture,1.00,EUR,2026-11-01T00:00:00Z\n"


class Server(Connection):
    def __init__(self, program, directory):
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory + "/files")
        os.makedirs(directory + "/backups")
        with open(directory + "/files/a.csv", "w") as file:
            file.write(FILE)
        words = [program, "serve", "--listen", "127.0.0.1:0", "--admin-listen", "off", "--data", directory + "/data"]
        words += ["--reconcile-files", directory + "/files"]
        words += ["--backup-to", directory + "/backups"]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=open(directory + "/log", "ab"))
        self.address = self.process.stdout.readline().decode().split()[-1]
        super().__init__(self.address)
        self.asked = 0

    def times(self):
        """Seconds that the thread of jobs was on a processor, and that all others waited for one."""
        ran = waited = 0
        for file in glob.glob(f"/proc/{self.process.pid}/task/*/comm"):
            times = [int(ns) / 1e9 for ns in open(file.replace("comm", "schedstat")).read().split()[:2]]
            if open(file).read().strip() == "jobs":
                ran = times[0]
            else:
                waited += times[1]
        return ran, waited

    def run(self, words, over):
        """Asks for the job again and again. One that is under way is not asked for twice."""
        mine = Connection(self.address)
        while not over.wait(0.02):
            if b"RUNNING" not in str(mine.ask("JOB", "FIND", "STATE", "RUNNING")).encode():
                self.asked += 1
                mine.ask("JOB", "RUN", words[0], f"k{self.asked}", "bench", "a bench", *words[1:])
        while b"RUNNING" in str(mine.ask("JOB", "FIND", "STATE", "RUNNING")).encode():
            time.sleep(0.05)


def load(program, server, *words):
    words = [program, "load", *words, "--address", server.address, "--check", "off", "--quiet", "--json", "report.json"]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    report = json.load(open("report.json"))
    return next(kind["latency"] for kind in report["kinds"] if kind["kind"] == "HOLD")


def main():
    program, directory = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    numbers = sys.argv[3:] + ["10000", "5", "4", "600000"][len(sys.argv) - 3 :]
    rate, rounds, seconds, commands = map(int, numbers)
    server = Server(program, directory)
    os.chdir(directory)
    figures = {turn: [] for turn in TURNS}
    try:
        load(program, server, "flow", "--payments", "--commands", str(commands), "--seed", "1")
        for round in range(rounds):
            names = list(TURNS)
            for turn in names[round % len(names) :] + names[: round % len(names)]:
                over, before, begun = threading.Event(), server.times(), time.monotonic()
                job = TURNS[turn] and threading.Thread(target=server.run, args=(TURNS[turn], over))
                if job:
                    job.start()
                seed = str(1000 + 10 * round + names.index(turn))
                latency = load(program, server, "hold", "--rate", str(rate), "--duration", f"{seconds}s", "--seed", seed)
                ran, waited = ((now - then) / (time.monotonic() - begun) for now, then in zip(server.times(), before))
                over.set()
                if job:
                    job.join()
                figures[turn].append((latency["p50_us"], latency["p99_us"], latency["p999_us"], ran * 100, waited * 1000))
                print(f"{turn:<10}" + "".join(f"{value:>12.0f}" for value in figures[turn][-1]), flush=True)
        print(f"\nmedians of {rounds} rounds, {rate} holds a second; p50, p99, p99.9 in microseconds; how busy the jobs were, percent of a core; how long all other threads waited for a processor, ms a second")
        for turn, rows in figures.items():
            print(f"{turn:<10}" + "".join(f"{statistics.median(column):>12.0f}" for column in zip(*rows)))
        print(f"jobs asked for: {server.asked}")
    finally:
        server.process.terminate()
        server.process.wait()


if __name__ == "__main__":
    main()
