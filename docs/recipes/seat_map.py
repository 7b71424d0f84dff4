"""The map of an event in a terminal, live.

    pip install WHERE_HOLDFAST_IS/clients/python
    seat_map.py URL EVENT

Each seat is . free, h held, p in payment, s sold, x blocked. The screen is drawn at most twenty times a second, as changes come.
"""

import sys

import holdfast


class Screen:
    """Rows as MAP has them, and below them the areas."""

    def __init__(self, shop, event):
        self.shop, self.event, self.rows = shop, event, []

    def plan(self):
        # What the rows are called and how long they are, in the order of the ordinals. Areas come behind the rows and have none.
        rows = [row for row in self.shop.ask("MAP", self.event) if row[1]]
        self.rows = [(f"{section}-{row}", len(statuses)) for section, row, statuses in rows]

    def text(self, seats):
        lines, first = [f"version {seats.version}"], 0
        for name, length in self.rows:
            lines.append(f"{name:<8} {''.join(seats.seats[first:first + length])}")
            first += length
        for name, area in seats.areas.items():
            counts = {**area._asdict(), "blocked": area.blocked}
            lines.append(f"{name:<8} " + ", ".join(f"{counts[field]} {field}" for field in ("free", "held", "paying", "sold", "blocked")))
        return "\n".join(lines)


def main():
    url, event = sys.argv[1:]
    shop = holdfast.connect(url, name="seat-map")
    seats, screen = holdfast.LiveMap(shop, event), Screen(shop, event)
    # Every change, and the whole map first; lost connections and restarts of the server are bridged.
    for change in seats.changes():
        if change.whole:
            screen.plan()
        print("\x1b[H\x1b[2J" + screen.text(seats), flush=True)  # home, clear


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
