"""Records how Redis 7 answers the commands of streams, as the test beside it compares it with what the server answers.

    redis-server --port 7999 --save '' & python3 tests/server/streams/record.py 7999 > tests/server/streams/redis-7.txt

Ids and values are another in each run, so they are written as ID and V; headers, names of fields and nulls stay as they are.
"""

import re
import socket
import sys

ENTRY = ["kind", "held", "version", "2", "at", "9", "event", "hall", "data", "{}"]
COMMANDS = """XREAD COUNT 1 STREAMS feed:hall 0
XREAD STREAMS feed:hall feeds 0 0
XREAD COUNT 2 STREAMS feeds feed:hall 0 $
XREAD STREAMS feed:hall $
XREAD STREAMS feed:hall feeds $ $
XREAD BLOCK 20 STREAMS feed:hall $
XREAD BLOCK 60000 STREAMS feed:hall $
XREAD BLOCK 60000 COUNT 5 STREAMS feeds $
XRANGE feed:hall - +
XRANGE feed:hall - + COUNT 1
XRANGE feed:hall (18446744073709551615-0 +
XREVRANGE feed:hall + - COUNT 2
XREVRANGE feed:hall - +
XRANGE feeds - + COUNT 2
XLEN feed:hall
XINFO STREAM feed:hall
TYPE feed:hall
TYPE feed:none
EXISTS feed:hall feed:hall feed:none
EXISTS feed:none""".splitlines()
NAMES = set(ENTRY[::2]) | {"feed:hall", "feeds", "length", "radix-tree-keys", "radix-tree-nodes", "last-generated-id", "max-deleted-entry-id",
                           "entries-added", "recorded-first-entry-id", "groups", "first-entry", "last-entry"}


class Connection:
    def __init__(self, where):
        is_port = where.isdigit()
        self.socket = socket.socket(socket.AF_INET if is_port else socket.AF_UNIX)
        self.socket.connect(("127.0.0.1", int(where)) if is_port else where)
        self.file = self.socket.makefile("rb")

    def send(self, *words):
        wire = b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in (word.encode() for word in words))
        self.socket.sendall(wire)

    def tokens(self):
        line = self.file.readline().rstrip(b"\r\n").decode()
        sort, rest = line[0], line[1:]
        if sort == "$" and rest != "-1":
            text = self.file.read(int(rest) + 2)[:-2].decode()
            return ["$" + (text if text in NAMES else "ID" if re.fullmatch(r"\d+-\d+", text) else "V")]
        if sort == ":":
            return [":N"]
        count = {"*": 1, "%": 2}.get(sort, 0) * max(0, int(rest) if sort in "*%" else 0)
        return [line] + [token for _ in range(count) for token in self.tokens()]


def main():
    port = sys.argv[1]
    seller = Connection(port)
    for protocol in (2, 3):
        seller.send("FLUSHALL")
        seller.tokens()
        for key in ("feed:hall", "feeds") * 3:
            seller.send("XADD", key, "*", *ENTRY)
            seller.tokens()
        reader = Connection(port)
        reader.send("HELLO", str(protocol))
        reader.tokens()
        for line in COMMANDS:
            reader.send(*line.split())
            if "60000" in line:
                blocked = lambda: (seller.send("INFO", "clients"), seller.file.read(int(seller.file.readline()[1:]) + 2))[1]
                while b"blocked_clients:1" not in blocked():
                    pass
                # One sale is in both streams.
                seller.send("MULTI")
                for key in ("feed:hall", "feeds"):
                    seller.send("XADD", key, "*", *ENTRY)
                seller.send("EXEC")
                for _ in range(4):
                    seller.tokens()
            print(f"{protocol} {line}\n{' '.join(reader.tokens())}")


main()
