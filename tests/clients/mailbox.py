"""A mail server for the tests: it prints its port, and then each mail as JSON on a line.

What stands for HOW says what it does: starttls, implicit, plain (no TLS at all), or refuses (every recipient).
"""

import asyncio
import email
import json
import ssl
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult

how = "HOW"
user = []


class Mailbox:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if how == "refuses":
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=default)
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos[0],
            "user": user[-1] if user else None,
            "subject": mail["subject"],
            "message_id": mail["message-id"],
            "id": mail["x-holdfast-id"],
            "text": mail.get_content(),
        }
        print(json.dumps(told), flush=True)
        return "250 OK"


def login(server, session, envelope, mechanism, data):
    user.append(data.login.decode())
    return AuthResult(success=True)


def context():
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain("server.pem", "server.key")
    return made


def visitor():
    more = {}
    if how == "starttls":
        more = {"tls_context": context(), "require_starttls": True}
    if how in ("starttls", "implicit"):
        more |= {"authenticator": login, "auth_require_tls": how == "starttls"}
    return SMTP(Mailbox(), hostname="localhost", **more)


async def serve():
    tls = context() if how == "implicit" else None
    server = await asyncio.get_running_loop().create_server(visitor, "127.0.0.1", 0, ssl=tls)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(serve())
