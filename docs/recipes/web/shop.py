"""A small shop in one file: the hall in the browser, live; seats that are held and paid; the webhook of the payment provider.

    pip install WHERE_HOLDFAST_IS/clients/python
    cp WHERE_HOLDFAST_IS/clients/node/browser/seat-map.js .
    shop.py URL EVENT [PORT]

URL is redis://127.0.0.1:7411, or rediss://:TOKEN@HOST:7411 with a token over TLS. The event is made if it is not there.
page.html and seat-map.js are beside this file.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import holdfast

URL, EVENT, PORT = (sys.argv[1:] + ["8080"])[:3]
PRICE = 50_000
HALL = {"sections": [{"name": "A", "category": "VIP", "rows": {"from": 1, "to": 10, "seats": 20}}]}
FILES = {"/": ("text/html", "page.html"), "/seat-map.js": ("text/javascript", "seat-map.js")}

shop = holdfast.connect(URL, name="small-shop")
payments = holdfast.Payments(shop, EVENT)


def buy(checkout, seats):
    hold = shop.ask("HOLD", EVENT, holdfast.step_key(checkout, "hold"), checkout, 0, "SEATS", *seats)["hold"]
    amount = PRICE * len(seats)
    payments.begin(checkout, [hold], amount=(amount, "KRW"))
    # Only now the provider is asked for the money.
    return 200, {"amount": amount, "message": f"{' '.join(seats)}: {amount} won"}


def webhook(payment, amount, reference):
    try:
        status = payments.succeed(payment, amount=(amount, "KRW"), reference=reference)["status"]
        return 200, {"message": "The seats are yours." if status == "SUCCESS" else f"Your money comes back ({status})."}
    except holdfast.Problem as problem:
        # What is not 200 makes the provider tell it again.
        return holdfast.answer_of(problem).status, {"message": str(problem)}


def live():
    """What a browser is told, for ever: the plan, and what every seat is. Each browser has a subscription of its own here."""
    for change in holdfast.LiveMap(shop, EVENT).changes():
        if change.whole:
            yield "plan", shop.ask("EVENT", "PLAN", EVENT)
        areas = {name: area._asdict() for name, area in change.areas.items()}
        yield "change", json.dumps({"seats": list(change.seats.items()), "areas": areas})


class Pages(BaseHTTPRequestHandler):
    def answer(self, status, kind, body=b""):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path in FILES:
            kind, file = FILES[self.path]
            self.answer(200, kind, (Path(__file__).parent / file).read_bytes())
        elif self.path == "/live":
            self.answer(200, "text/event-stream")
            try:
                for name, data in live():
                    self.wfile.write(f"event: {name}\ndata: {data}\n\n".encode())
            except OSError:
                pass  # the browser went away
        else:
            self.answer(404, "text/plain")

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        try:
            status, said = {"/buy": buy, "/webhook": webhook}[self.path](**asked)
        except holdfast.Problem as problem:
            # Refused: that is the answer. Otherwise nobody knows: the same purchase again, under the same name.
            is_answer = isinstance(problem, holdfast.Refused) and problem.binds
            status, said = 409 if is_answer else 503, {"message": str(problem)}
        self.answer(status, "application/json", json.dumps(said).encode())

    def log_message(self, *_):
        pass


def main():
    try:
        shop.ask("EVENT", "INFO", EVENT)
    except holdfast.NoEvent:
        # An event is made once: HALL may say something else at a later start, and changes nothing then.
        shop.ask("EVENT", "CREATE", EVENT, holdfast.step_key(EVENT, "create"), json.dumps(HALL))
    server = ThreadingHTTPServer(("127.0.0.1", int(PORT)), Pages)
    print(f"http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
