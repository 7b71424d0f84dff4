"""Consumer groups with the typed methods of valkey-glide, in both versions of the protocol. Usage: valkey_glide_groups.py HOST PORT"""

import asyncio
import json
import sys

from glide import (GlideClient, GlideClientConfiguration, MaxId, MinId, NodeAddress, ProtocolVersion, RequestError, StreamGroupOptions,
                   StreamPendingOptions, StreamReadGroupOptions)

host, port = sys.argv[1], int(sys.argv[2])
MAP = json.dumps({"sections": [{"name": "A", "category": "VIP", "rows": [{"name": "1", "seats": 9}]}]})
HOUR = 3_600_000


async def refused(word, call):
    try:
        await call
    except RequestError as error:
        assert word in str(error), error
    else:
        raise AssertionError(f"{word} was expected")


async def check(event, protocol):
    stream = f"feed:{event}"
    connect = lambda: GlideClient.create(GlideClientConfiguration([NodeAddress(host, port)], protocol=protocol, request_timeout=10_000))
    client, reader = await connect(), await connect()
    await client.custom_command(["EVENT", "CREATE", event, "c", MAP])
    for number in range(1, 5):
        await client.custom_command(["HOLD", event, f"k{number}", "ann", "60000", "SEATS", f"A-1-{number}"])
    ids = list(await client.xrange(stream, MinId(), MaxId()))

    async def given(consumer, start=">", of=client, **options):
        reply = await of.xreadgroup({stream: start}, "mail", consumer, StreamReadGroupOptions(**options))
        return reply and list(reply[stream.encode()])

    assert await client.xgroup_create(stream, "mail", "0", StreamGroupOptions(make_stream=True)) == "OK"
    await refused("BUSYGROUP", client.xgroup_create(stream, "mail", "0"))
    await refused("NOGROUP", client.xreadgroup({stream: ">"}, "none", "ann"))
    assert await given("ann", count=3) == ids[:3]
    assert await given("ann", "0", count=1) == ids[:1]
    assert await given("nobody", "0") == []
    assert await client.xpending(stream, "mail") == [3, ids[0], ids[2], [[b"ann", b"3"]]]
    [row] = await client.xpending_range(stream, "mail", MinId(), MaxId(), 1, StreamPendingOptions(min_idle_time_ms=0, consumer_name="ann"))
    assert (row[0], row[1], row[3]) == (ids[0], b"ann", 2), row
    assert await client.xack(stream, "mail", [ids[0], ids[0], "1-1"]) == 1
    assert list(await client.xclaim(stream, "mail", "cat", 0, [ids[1]])) == [ids[1]]
    assert await client.xclaim_just_id(stream, "mail", "cat", 0, [ids[2]]) == [ids[2]]
    assert await client.xclaim(stream, "mail", "cat", HOUR, [ids[2]]) == {}
    start, claimed, gone = await client.xautoclaim(stream, "mail", "dan", 0, "0-0", 1)
    assert (start, list(claimed), gone) == (ids[2], [ids[1]], []), (start, claimed, gone)
    assert (await client.xautoclaim_just_id(stream, "mail", "dan", 0, start))[1] == [ids[2]]
    [group] = await client.xinfo_groups(stream)
    assert group == {b"name": b"mail", b"consumers": 3, b"pending": 2, b"last-delivered-id": ids[2], b"entries-read": 3, b"lag": 2}, group
    consumers = {one[b"name"]: one[b"pending"] for one in await client.xinfo_consumers(stream, "mail")}
    assert consumers == {b"ann": 0, b"cat": 0, b"dan": 2}, consumers
    assert await client.xgroup_create_consumer(stream, "mail", "eve") is True
    assert await client.xgroup_del_consumer(stream, "mail", "dan") == 2

    assert len(await given("eve", no_ack=True)) == 2
    assert await given("eve") is None
    waits = asyncio.create_task(given("eve", of=reader, block_ms=9_000))
    while b"blocked_clients:1\r\n" not in await client.custom_command(["INFO", "clients"]):
        await asyncio.sleep(0)
    await client.custom_command(["HOLD", event, "k9", "bob", "60000", "SEATS", "A-1-9"])
    assert len(await waits) == 1
    assert await client.xgroup_set_id(stream, "mail", ids[4]) == "OK"
    assert await client.xgroup_destroy(stream, "mail") is True
    await client.close()
    await reader.close()


async def main():
    await check("glide2", ProtocolVersion.RESP2)
    await check("glide3", ProtocolVersion.RESP3)


asyncio.run(main())
print("valkey-glide: all as expected")
