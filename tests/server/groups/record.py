"""Records how Redis 7 answers the commands of consumer groups, as the test beside it compares it with what the server answers.

    redis-server --port 7999 --save '' & python3 tests/server/groups/record.py 7999 > tests/server/groups/redis-7.txt

{1} in a command is the id of the first entry of the stream, and ID1 is it in a reply. Numbers are as they are, but for times (N). Of an
error its first word stands; other texts than names and short numbers are V. feed:hall has six entries at first, and the sale adds one. At last, what a
group is told of entries that are gone: Redis is told to delete them, here the log lets go of them.
"""

import re
import socket
import sys

FIELDS = ["kind", "version", "at", "event", "data"]
COMMANDS = """XGROUP CREATE feed:hall mail 0
XGROUP CREATE feed:hall mail 0
XGROUP CREATE feed:hall late $ MKSTREAM
XREADGROUP GROUP mail ann COUNT 2 STREAMS feed:hall >
XREADGROUP GROUP mail ben COUNT 1 STREAMS feed:hall >
XREADGROUP GROUP mail ann STREAMS feed:hall 0
XREADGROUP GROUP mail ann STREAMS feed:hall {1}
XREADGROUP GROUP mail cat STREAMS feed:hall 0
XREADGROUP GROUP late cat STREAMS feed:hall >
XREADGROUP GROUP late cat BLOCK 20 STREAMS feed:hall >
XREADGROUP GROUP none cat STREAMS feed:hall >
XREADGROUP GROUP mail ann STREAMS feed:hall $
XPENDING feed:hall mail
XPENDING feed:hall late
XPENDING feed:hall none
XPENDING feed:hall mail - + 10
XPENDING feed:hall mail IDLE 0 - + 1
XPENDING feed:hall mail ({1} + 10 ann
XPENDING feed:hall mail {2} {2} 10
XPENDING feed:hall mail - + 10 nobody
XACK feed:hall mail {1} {1} {5}
XACK feed:hall none {1}
XCLAIM feed:hall mail cat 0 {3} {2}
XCLAIM feed:hall mail cat 0 {3} JUSTID
XCLAIM feed:hall mail cat 3600000 {2}
XCLAIM feed:hall mail cat 0 {4}
XCLAIM feed:hall mail ben 0 {5} FORCE JUSTID
XCLAIM feed:hall mail ben 0 {6} FORCE
XPENDING feed:hall mail - + 10
XCLAIM feed:hall mail ben 0 {6} RETRYCOUNT 9 IDLE 60000
XPENDING feed:hall mail IDLE 50000 - + 10
XCLAIM feed:hall none ben 0 {6}
XAUTOCLAIM feed:hall mail dan 0 0 COUNT 2
XAUTOCLAIM feed:hall mail dan 0 0-0 JUSTID
XAUTOCLAIM feed:hall mail dan 3600000 -
XAUTOCLAIM feed:hall none dan 0 0
XPENDING feed:hall mail - + 10
XINFO CONSUMERS feed:hall mail
XINFO CONSUMERS feed:hall none
XINFO GROUPS feed:hall
XGROUP CREATECONSUMER feed:hall mail eve
XGROUP CREATECONSUMER feed:hall mail eve
XGROUP CREATECONSUMER feed:hall none eve
XGROUP DELCONSUMER feed:hall mail dan
XGROUP DELCONSUMER feed:hall mail nobody
XGROUP DELCONSUMER feed:hall none dan
XREADGROUP GROUP mail eve NOACK COUNT 1 STREAMS feed:hall >
XPENDING feed:hall mail
XGROUP SETID feed:hall mail {2}
XREADGROUP GROUP mail eve COUNT 3 STREAMS feed:hall >
XPENDING feed:hall mail
XGROUP SETID feed:hall mail $
XGROUP SETID feed:hall none 0
XINFO GROUPS feed:hall
XREADGROUP GROUP mail eve BLOCK 60000 STREAMS feed:hall >
XREADGROUP GROUP late cat COUNT 5 STREAMS feed:hall >
XGROUP DESTROY feed:hall late
XGROUP DESTROY feed:hall late
XINFO GROUPS feed:hall""".splitlines()
GONE = """XREADGROUP GROUP read ann STREAMS feed:hall 0
XPENDING feed:hall read
XAUTOCLAIM feed:hall read ben 0 0
XPENDING feed:hall read""".splitlines()
NAMES = set(FIELDS) | set("feed:hall mail late ann ben cat dan eve name consumers pending idle last-delivered-id entries-read lag".split())


class Connection:
    def __init__(self, where):
        is_port = where.isdigit()
        self.socket = socket.socket(socket.AF_INET if is_port else socket.AF_UNIX)
        self.socket.connect(("127.0.0.1", int(where)) if is_port else where)
        self.file = self.socket.makefile("rb")

    def send(self, *words):
        wire = b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in (word.encode() for word in words))
        self.socket.sendall(wire)

    def tokens(self, ids):
        line = self.file.readline().rstrip(b"\r\n").decode()
        sort, rest = line[0], line[1:]
        if sort == "-":
            return [line.split()[0]]
        if sort == "$" and rest != "-1":
            text = self.file.read(int(rest) + 2)[:-2].decode()
            is_plain = text in NAMES or re.fullmatch(r"\d{1,3}|0-0", text)
            return ["$" + (text if is_plain else f"ID{ids.index(text) + 1}" if text in ids else "V")]
        count = {"*": 1, "%": 2}.get(sort, 0) * max(0, int(rest) if sort in "*%" else 0)
        return [line] + [token for _ in range(count) for token in self.tokens(ids)]


def shape(tokens):
    for at in range(1, len(tokens)):
        is_time = tokens[at - 1] == "$idle" or (tokens[at][0] == ":" and tokens[at - 3] == "*4" and tokens[at - 2].startswith("$ID"))
        # Redis counts in another way, and does not always know.
        if is_time or tokens[at - 1] in ("$entries-read", "$lag"):
            tokens[at] = "N"
    return " ".join(tokens)


def main():
    seller = Connection(sys.argv[1])

    def sell():
        version = len(ids) + 1
        seller.send("XADD", "feed:hall", "*", "kind", "held", "version", str(version), "at", "1795235389057", "event", "hall-1", "data", "{}")
        ids.append(seller.file.read(int(seller.file.readline()[1:]) + 2)[:-2].decode())

    for protocol in (2, 3):
        seller.send("FLUSHALL")
        seller.tokens([])
        ids = []
        for _ in range(6):
            sell()
        reader = Connection(sys.argv[1])
        reader.send("HELLO", str(protocol))
        reader.tokens([])
        for line in COMMANDS:
            reader.send(*line.format(None, *ids).split())
            if "60000 STREAMS" in line:
                blocked = lambda: (seller.send("INFO", "clients"), seller.file.read(int(seller.file.readline()[1:]) + 2))[1]
                while b"blocked_clients:1" not in blocked():
                    pass
                sell()
            print(f"{protocol} {line}\n{shape(reader.tokens(ids))}")
        for line in ["XGROUP CREATE feed:hall read 0", "XREADGROUP GROUP read ann COUNT 3 STREAMS feed:hall >", f"XDEL feed:hall {' '.join(ids[:3])}"]:
            seller.send(*line.split())
            seller.tokens(ids)
        for line in GONE:
            reader.send(*line.split())
            print(f"gone {protocol} {line}\n{shape(reader.tokens(ids))}")


main()
