"""The map of an event in a terminal, live.

    pip install redis
    seat_map.py URL EVENT

Each seat is . free, h held, p in payment, s sold, x blocked. The screen is drawn once a burst of changes is over.
"""

import json
import sys
import time

import redis

FREE, HELD, PAYING, SOLD, BLOCKED = ".hpsx"
AREA_FIELDS = {FREE: "free", HELD: "held", PAYING: "paying", SOLD: "sold", BLOCKED: "blocked"}
AGAIN_S = 1.0  # a new picture is asked for at most so often


class SeatMap:
    """What every seat is, as of `version`. Knows no connection: pictures and changes come in, text goes out.

    A change says what happened and not what every seat is then: "hold 7 expired". So the map keeps what each live hold,
    payment and order has: a set of seats, and places by area.
    """

    def __init__(self):
        self.pictured = 0    # the counts of the areas were taken at this version
        self.stale = False   # something was named that we never saw: a new picture is needed
        self.rows, self.seats, self.places, self.areas = [], [], {}, {}
        self.forget()

    def forget(self):
        self.version = 0     # everything up to here has been applied; 0: there is no picture yet
        self.holds, self.payments, self.orders = {}, {}, {}
        self.paid_for = {}   # what each hold of a payment had

    def picture(self, info, rows, seats):
        """Takes over EVENT INFO, then MAP, which was asked for after it; and what every seat is called.

        The seats may be newer than the version in `info`. Applying what they have already once more does no harm: after
        the last change of a seat it is what that change made it. Counts would be wrong then, so they are taken from
        `info`, whose counts and version are of one moment.
        """
        self.pictured, self.stale = info["version"], False
        if self.version == 0:
            self.version = info["version"]  # the first one: changes count from here
        self.areas = {area["name"]: dict(area) for area in info["areas"]}
        # Labels are for people: "A-12-7", or "Balcony (left)-1-VIP-2". Where a seat is, its place in the map says.
        self.rows = [(f"{section}-{row}", list(statuses)) for section, row, statuses in rows]
        places = [(row, at) for row, (_, statuses) in enumerate(self.rows) for at in range(len(statuses))]
        self.seats, self.places = seats, dict(zip(seats, places))

    def apply(self, version, kind, fields):
        """One change. Those that we have are passed over, so it does not matter how often one is given."""
        if version <= self.version:
            return
        assert version == self.version + 1, "a gap: read FEED first"
        self.version = version
        change = getattr(self, "_" + kind, None)  # kinds that move no seat, and those of later versions, have none
        if change:
            change(fields)

    # What each kind does; docs/feed.md has the table.

    def _held(self, fields):
        have = part(fields, "seats", "areas")
        self.holds[fields["hold"]] = have
        self.put(have, FREE, HELD)

    def _changed(self, fields):
        self.swap(self.holds, fields["hold"], fields, HELD)

    def _exchanged(self, fields):
        self.swap(self.orders, fields["order"], fields, SOLD)

    def _released(self, fields):
        self.give_back(self.holds, fields["hold"], part(fields, "seats", "areas"), HELD)

    def _expired(self, fields):
        self.give_back(self.holds, fields["hold"], part(fields, "seats", "areas"), HELD)

    def _cancelled(self, fields):
        self.give_back(self.orders, fields["order"], part(fields, "seats", "areas"), SOLD)

    def _sold(self, fields):
        self.merge(fields["holds"], self.orders, fields["order"], SOLD)

    def _paying(self, fields):
        had = {hold: self.holds.get(hold) for hold in fields["holds"]}
        self.merge(fields["holds"], self.payments, fields["payment"], PAYING)
        self.paid_for[fields["payment"]] = had  # complete if the payment is known

    def _payment_succeeded(self, fields):
        if "holds" in fields:  # the money had come first: what they have is sold at once
            return self.merge(fields["holds"], self.orders, fields["payment"], SOLD)
        # It sells what it had, late or not, so it stays known after it failed, too.
        have = self.known(self.payments, fields["payment"])
        if have:
            self.put(have, FREE if fields["late"] else PAYING, SOLD)
            self.orders[fields["payment"]] = (set(have[0]), dict(have[1]))

    def _payment_lapsed(self, fields):
        have = self.known(self.payments, fields["payment"])
        if have:
            self.put(have, PAYING, FREE)

    def _payment_failed(self, fields):
        if not fields.get("kept"):
            return self._payment_lapsed(fields)
        have = self.known(self.payments, fields["payment"])
        if have:  # for another card: each of its holds has again what it had
            self.put(have, PAYING, HELD)
            self.holds.update(self.paid_for[fields["payment"]])

    def _blocked(self, fields):
        self.put(self.of_house(fields), FREE, BLOCKED)

    def _unblocked(self, fields):
        self.put(self.of_house(fields), BLOCKED, FREE)

    # The parts that they are made of.

    def known(self, what, name):
        """What a hold, payment or order has; None if it is from before our time. Then the seats that it had are not
        what we think, unless the picture is newer than this change."""
        if name not in what and self.version > self.pictured:
            self.stale = True
        return what.get(name)

    def put(self, have, before, after):
        if self.version <= self.pictured:
            return  # the picture has it; the change was only to tell what a hold has
        seats, areas = have
        for seat in seats:
            row, at = self.places[seat]
            self.rows[row][1][at] = after
        for area, places in areas.items():
            self.areas[area][AREA_FIELDS[before]] -= places
            self.areas[area][AREA_FIELDS[after]] += places

    def of_house(self, fields):
        """What an operator named: seats, or ranges in the order of the map, and places."""
        seats, areas = part(fields, "seats", "areas")
        ranges = fields.get("ranges", [])
        for first, count in zip(ranges[::2], ranges[1::2]):
            at = self.seats.index(first)
            seats.update(self.seats[at:at + count])
        return seats, areas

    def swap(self, what, name, fields, status):
        dropped, added = part(fields, "dropped", "dropped_areas"), part(fields, "added", "added_areas")
        self.put(dropped, status, FREE)
        self.put(added, FREE, status)
        have = self.known(what, name)
        if have:
            take_away(have, dropped)
            have[0].update(added[0])
            for area, places in added[1].items():
                have[1][area] = have[1].get(area, 0) + places

    def give_back(self, what, name, some, before):
        have = self.known(what, name)
        if some != (set(), {}):  # a part, which the change names itself
            self.put(some, before, FREE)
            if have:
                take_away(have, some)
                if have == (set(), {}):
                    del what[name]
        elif have:
            self.put(have, before, FREE)
            del what[name]

    def merge(self, holds, into, name, after):
        """Several holds become one thing, and are over as holds."""
        seats, areas, complete = set(), {}, True
        for hold in holds:
            have = self.known(self.holds, hold)
            if have is None:
                complete = False
                continue
            seats |= have[0]
            for area, places in have[1].items():
                areas[area] = areas.get(area, 0) + places
            del self.holds[hold]
        self.put((seats, areas), HELD, after)
        if complete:  # what is made of something unknown is unknown too
            into[name] = (seats, areas)

    def text(self):
        lines = [f"version {self.version}"]
        lines += [f"{row:<8} {''.join(statuses)}" for row, statuses in self.rows]
        for name, area in self.areas.items():
            lines.append(f"{name:<8} " + ", ".join(f"{area[field]} {field}" for field in AREA_FIELDS.values()))
        return "\n".join(lines)


def part(fields, seats, areas):
    """Seats and places of a change, as a set and by area."""
    areas = fields.get(areas, [])
    return set(fields.get(seats, [])), dict(zip(areas[::2], areas[1::2]))


def take_away(have, some):
    have[0].difference_update(some[0])
    for area, places in some[1].items():
        have[1][area] -= places
        if not have[1][area]:
            del have[1][area]


def take_picture(r, event, seat_map):
    info = r.execute_command("EVENT", "INFO", event)
    # Areas come behind the rows and have none; their counts are in `info`.
    rows = [row for row in r.execute_command("MAP", event) if row[1]]
    pipe = r.pipeline(transaction=False)
    for ordinal in range(info["seats"]):
        pipe.execute_command("SEAT", event, f"#{ordinal}")
    seat_map.picture(info, rows, [seat["seat"] for seat in pipe.execute()])


def catch_up(r, event, seat_map):
    """Reads what no message told: everything since our version, until a page is empty."""
    if seat_map.version == 0:
        take_picture(r, event, seat_map)
    while True:
        try:
            page = r.execute_command("FEED", event, seat_map.version + 1, "COUNT", 1000)
        except redis.ResponseError as refusal:
            if not str(refusal).startswith("TRIMMED "):
                raise
            # We were away for longer than the feed is kept, and begin anew.
            seat_map.forget()
            take_picture(r, event, seat_map)
            continue
        if not page:
            return
        for version, _at, kind, fields in page:
            seat_map.apply(version, kind, fields)


def follow(r, event, seat_map, draw):
    """Keeps the map live until the connection fails."""
    # Subscribed first, looked at second: what happens in between waits as a message, and nothing falls between.
    subscription, looked = r.pubsub(), 0.0
    subscription.subscribe(f"feed:{event}")
    while True:
        message = subscription.get_message(timeout=0)
        if message is None:  # nothing waits: time to draw
            if seat_map.stale and time.monotonic() - looked >= AGAIN_S:
                looked = time.monotonic()
                take_picture(r, event, seat_map)
                continue
            draw(seat_map)
            message = subscription.get_message(timeout=AGAIN_S if seat_map.stale else 30)
        if message is None:
            continue
        if message["type"] == "subscribe":
            # Also after redis-py has connected and subscribed again by itself: messages were lost in between.
            catch_up(r, event, seat_map)
        elif message["type"] == "message":
            change = json.loads(message["data"])
            if change["version"] > seat_map.version + 1:
                catch_up(r, event, seat_map)
            seat_map.apply(change["version"], change["kind"], change)


def main():
    url, event = sys.argv[1:]
    # The PING now and then notices a dead connection, and keeps a quiet one from being closed after an hour.
    r = redis.Redis.from_url(url, protocol=3, decode_responses=True, socket_timeout=10, health_check_interval=20)
    seat_map = SeatMap()

    def draw(seat_map):
        print("\x1b[H\x1b[2J" + seat_map.text(), flush=True)  # home, clear

    while True:
        try:
            follow(r, event, seat_map, draw)
        except redis.AuthenticationError:
            raise
        except (redis.ConnectionError, redis.TimeoutError):
            time.sleep(0.5)  # the map stays as it is, and goes on from its version


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
