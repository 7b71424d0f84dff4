"""Streams with the typed methods of valkey-glide, in both versions of the protocol. Usage: valkey_glide.py HOST PORT"""

import asyncio
import json
import sys

from glide import (ExclusiveIdBound, GlideClient, GlideClientConfiguration, IdBound, MaxId, MinId, NodeAddress, ProtocolVersion,
                   StreamReadOptions)

host, port = sys.argv[1], int(sys.argv[2])
MAP = json.dumps({"sections": [{"name": "A", "category": "VIP", "rows": [{"name": "1", "seats": 9}]}]})


def flat(entries):
    return {entry_id.decode(): {name.decode(): value.decode() for name, value in fields} for entry_id, fields in entries.items()}


async def check(event, protocol):
    stream = f"feed:{event}"
    connect = lambda: GlideClient.create(GlideClientConfiguration([NodeAddress(host, port)], protocol=protocol, request_timeout=10_000))
    client, reader = await connect(), await connect()
    await client.custom_command(["EVENT", "CREATE", event, "c", MAP])
    await client.custom_command(["HOLD", event, "k1", "ann", "60000", "SEATS", "A-1-1"])

    entries = flat(await client.xrange(stream, MinId(), MaxId()))
    assert [fields["kind"] for fields in entries.values()] == ["created", "held"], entries
    ids = list(entries)
    assert await client.xlen(stream) == 2
    assert list(flat(await client.xrange(stream, ExclusiveIdBound(ids[0]), IdBound(ids[1])))) == ids[1:]
    assert list(flat(await client.xrevrange(stream, MaxId(), MinId(), 1))) == ids[1:]
    read = await client.xread({stream: "0"})
    assert flat(read[stream.encode()]) == entries, read
    assert await client.xread({stream: ids[1]}) is None

    info = await client.xinfo_stream(stream)
    assert info[b"length"] == 2 and info[b"last-generated-id"].decode() == ids[1], info
    assert info[b"first-entry"][0].decode() == ids[0], info
    assert await client.type(stream) == b"stream"
    assert await client.exists([stream, "feed:nowhere"]) == 1

    waits = asyncio.create_task(reader.xread({stream: ids[1]}, StreamReadOptions(block_ms=9_000)))
    while b"blocked_clients:1\r\n" not in await client.custom_command(["INFO", "clients"]):
        await asyncio.sleep(0)
    await client.custom_command(["HOLD", event, "k2", "bob", "60000", "SEATS", "A-1-2"])
    woken = flat((await waits)[stream.encode()])
    assert [fields["version"] for fields in woken.values()] == ["3"], woken
    await client.close()
    await reader.close()


async def main():
    await check("glide2", ProtocolVersion.RESP2)
    await check("glide3", ProtocolVersion.RESP3)


asyncio.run(main())
print("valkey-glide: all as expected")
