"""A server that answers as a test says, or not at all."""

import socket
import threading


class Fake:
    """`answer` gets the words of each command but the handshake's and gives bytes, or None: then the connection is lost."""

    def __init__(self, answer):
        self.heard, self.answer = [], answer
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "redis://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as lines:
            while head := lines.readline():
                words = []
                for _ in range(int(head[1:])):
                    size = int(lines.readline()[1:])
                    words.append(lines.read(size + 2)[:-2].decode())
                if words[0] == "HELLO":
                    reply = b"%2\r\n+proto\r\n:3\r\n+server\r\n+redis\r\n"
                elif words[0] == "CLIENT":
                    reply = b"+OK\r\n"
                else:
                    self.heard.append(words)
                    reply = self.answer(len(self.heard))
                if reply is None:
                    return
                connection.sendall(reply)

    def close(self):
        self.listener.close()
