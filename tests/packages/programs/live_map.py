"""Shows each state of a live map as a line of JSON: version, seats, areas. With `aio` as the last word by asyncio."""

import asyncio
import json
import sys

import holdfast
from holdfast import aio


def show(states):
    areas = {name: list(area) for name, area in states.areas.items()}
    print(json.dumps([states.version, "".join(states.seats), areas], separators=(",", ":")), flush=True)


async def later(url, event):
    states = aio.LiveMap(aio.connect(url), event)
    async for _ in states.changes():
        show(states)


def main(url, event, how="now", protocol=None):
    given = {"protocol": int(protocol)} if protocol else {}
    if how == "aio":
        return asyncio.run(later(url, event))
    states = holdfast.LiveMap(holdfast.connect(url, **given), event)
    for _ in states.changes():
        show(states)


main(*sys.argv[1:])
