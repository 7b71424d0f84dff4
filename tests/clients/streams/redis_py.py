"""Streams with the typed methods of redis-py, in both versions of the protocol. Usage: redis_py.py HOST PORT"""

import json
import sys
import threading

import redis

host, port = sys.argv[1], int(sys.argv[2])
MAP = json.dumps({"sections": [{"name": "A", "category": "VIP", "rows": [{"name": "1", "seats": 9}]}]})


def pages(reply):
    """A reply to XREAD as pairs of a stream and its entries: redis-py leaves it as the protocol has it."""
    if isinstance(reply, dict):
        return [(stream, [entry for page in found for entry in page] if found and isinstance(found[0], list) else found)
                for stream, found in reply.items()]
    return [(stream, found) for stream, found in reply or []]


def check(protocol):
    event = f"py{protocol}"
    stream = f"feed:{event}"
    client = redis.Redis(host=host, port=port, protocol=protocol, decode_responses=True)
    client.execute_command("EVENT", "CREATE", event, "c", MAP)
    client.execute_command("HOLD", event, "k1", "ann", 60000, "SEATS", "A-1-1")
    client.execute_command("HOLD", event, "k2", "ann", 60000, "SEATS", "A-1-2")

    assert client.xlen(stream) == 3
    entries = client.xrange(stream)
    assert [fields["kind"] for _, fields in entries] == ["created", "held", "held"], entries
    ids = [entry_id for entry_id, _ in entries]
    assert client.xrange(stream, min=ids[1], max=ids[1]) == [entries[1]]
    assert client.xrange(stream, min=f"({ids[1]}", count=5) == entries[2:]
    assert client.xrevrange(stream, count=2) == entries[:0:-1]
    assert json.loads(entries[1][1]["data"])["seats"] == ["A-1-1"]
    assert entries[1][1]["version"] == "2" and entries[1][1]["event"] == event

    assert pages(client.xread({stream: "0"}, count=2)) == [(stream, entries[:2])]
    assert pages(client.xread({stream: ids[1]})) == [(stream, entries[2:])]
    assert not client.xread({stream: "$"}) and not client.xread({stream: ids[2]}, block=10)
    last = client.xrevrange("feeds", count=1)[0]
    assert last[1] == entries[2][1], last

    info = client.xinfo_stream(stream)
    assert (info["length"], info["entries-added"], info["groups"]) == (3, 3, 0), info
    assert info["last-generated-id"] == info["last-entry"][0] == ids[2], info
    assert tuple(info["first-entry"]) == entries[0], info
    assert client.type(stream) == "stream" and client.type("feed:nowhere") == "none"
    assert client.exists(stream, stream, "feed:nowhere") == 2

    told = []
    reader = redis.Redis(host=host, port=port, protocol=protocol, decode_responses=True)
    # Not $: the sale may come before the server has begun with the command.
    behind = {stream: ids[2], "feeds": client.xinfo_stream("feeds")["last-generated-id"]}
    thread = threading.Thread(target=lambda: told.append(reader.xread(behind, block=0)))
    thread.start()
    while client.info("clients")["blocked_clients"] != 1:
        pass
    client.execute_command("HOLD", event, "k3", "bob", 60000, "SEATS", "A-1-3")
    thread.join()
    for name, found in pages(told[0]):
        assert name in (stream, "feeds") and [fields["version"] for _, fields in found] == ["4"], told

    try:
        client.xadd(stream, {"kind": "held"})
    except redis.ResponseError as error:
        assert str(error).startswith("STATE HF-BIZ-049 "), error
    else:
        raise AssertionError("XADD was taken")


check(2)
check(3)
print("redis-py: all as expected")
