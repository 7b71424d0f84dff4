"""Shows each change of all events, and each gap, as a line of JSON. With `aio` as the last word by asyncio."""

import asyncio
import json
import sys

import holdfast
from holdfast import aio


def show(told):
    if isinstance(told, holdfast.Gap):
        line = ["gap", told.lsn, told.event, told.after, told.before, told.why and told.why.kind]
    else:
        line = [told.lsn, told.event, told.version, told.at, told.kind, told.fields]
    print(json.dumps(line, separators=(",", ":")), flush=True)


async def later(url, after, versions, count):
    async for told in aio.feeds(aio.connect(url), after, versions, count=count):
        show(told)


def main(url, after, versions, count, how="now"):
    if how == "aio":
        return asyncio.run(later(url, int(after), json.loads(versions), int(count)))
    for told in holdfast.feeds(holdfast.connect(url), int(after), json.loads(versions), count=int(count)):
        show(told)


main(*sys.argv[1:])
