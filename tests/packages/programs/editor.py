"""What a type checker knows of the package: replies by the words of a command, with and without asyncio."""

from typing import Any

import holdfast
from holdfast import aio, table


def now(shop: holdfast.Holdfast) -> tuple[list[str], int | str | None]:
    hold: table.Hold = shop.ask("HOLD", "gala", "k", "ann", 0, "SEATS", "A-1-1")
    order = shop.ask("GET", "ORDER", "gala", "o")
    cursor, payments = shop.ask("PAYMENT", "LIST", "gala")
    payment = holdfast.Payments(shop, "gala").begin("p", [hold["hold"]], amount=(12000, "EUR"))
    whatever: Any = shop.ask("ROLE")
    if order is None or payment["status"] == "PENDING":
        return [whatever], cursor
    for change in holdfast.feed(shop, "gala"):
        return order["seats"], change.version + payments[0]["version"]
    for told in holdfast.feeds(shop, versions={"gala": 3}):
        return ([] if told.event is None else [told.event]), (told.before if isinstance(told, holdfast.Gap) else told.version)
    return [], None


async def later(shop: aio.Holdfast) -> int:
    seat = await shop.ask("SEAT", "gala", "A-1-1", within=1)
    payment = await holdfast.Payments(shop, "gala").succeed("p")
    async for change in aio.LiveMap(shop, "gala").changes():
        return change.areas["FLOOR"].blocked + payment["version"] + seat["ordinal"]
    return 0
