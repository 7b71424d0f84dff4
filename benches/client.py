"""A connection to a server, for the benches: commands in, replies out, in order. Needs nothing but the standard library."""

import socket


def command(*words):
    words = [str(word).encode() for word in words]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def reply(file):
    line = file.readline()
    if line[:1] == b"$":
        return file.read(int(line[1:]) + 2)[:-2] if line[1:2] != b"-" else None
    if line[:1] == b"*":
        return [reply(file) for _ in range(int(line[1:]))]
    return line.strip()


class Connection:
    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)))
        self.file = self.socket.makefile("rb")

    def ask(self, *words):
        return self.ask_all([words])[0]

    def ask_all(self, commands):
        self.socket.sendall(b"".join(command(*words) for words in commands))
        return [reply(self.file) for _ in commands]
