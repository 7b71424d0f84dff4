"""Consumer groups with the typed methods of redis-py, in both versions of the protocol. Usage: redis_py_groups.py HOST PORT"""

import json
import sys
import threading

import redis

host, port = sys.argv[1], int(sys.argv[2])
MAP = json.dumps({"sections": [{"name": "A", "category": "VIP", "rows": [{"name": "1", "seats": 9}]}]})


def given(reply):
    """The entries of one stream: redis-py leaves the reply as the protocol has it."""
    if not reply:
        return []
    [found] = reply.values() if isinstance(reply, dict) else [found for _, found in reply]
    return [entry for page in found for entry in page] if found and isinstance(found[0], list) else found


def refused(word, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except redis.ResponseError as error:
        assert str(error).startswith(word), error
    else:
        raise AssertionError(f"{word} was expected")


def check(protocol):
    event = f"py{protocol}"
    stream = f"feed:{event}"
    client = redis.Redis(host=host, port=port, protocol=protocol, decode_responses=True)
    client.execute_command("EVENT", "CREATE", event, "c", MAP)
    for number in range(1, 6):
        client.execute_command("HOLD", event, f"k{number}", "ann", 60000, "SEATS", f"A-1-{number}")
    ids = [entry_id for entry_id, _ in client.xrange(stream)]

    assert client.xgroup_create(stream, "mail", id="0", mkstream=True)
    refused("BUSYGROUP", client.xgroup_create, stream, "mail", id="0")
    refused("NOGROUP", client.xreadgroup, "none", "ann", {stream: ">"})
    refused("NOEVENT", client.xgroup_create, "feed:nowhere", "mail", id="0")

    first = given(client.xreadgroup("mail", "ann", {stream: ">"}, count=3))
    assert [entry_id for entry_id, _ in first] == ids[:3], first
    assert first[1][1]["kind"] == "held" and json.loads(first[1][1]["data"])["holder"] == "ann"
    assert given(client.xreadgroup("mail", "ann", {stream: "0"}, count=1)) == first[:1]
    assert [entry_id for entry_id, _ in given(client.xreadgroup("mail", "ben", {stream: ">"}, count=1))] == ids[3:4]
    assert given(client.xreadgroup("mail", "nobody", {stream: "0"})) == []

    told = client.xpending(stream, "mail")
    assert (told["pending"], told["min"], told["max"]) == (4, ids[0], ids[3]), told
    assert told["consumers"] == [{"name": "ann", "pending": 3}, {"name": "ben", "pending": 1}], told
    rows = client.xpending_range(stream, "mail", min="-", max="+", count=10, consumername="ann")
    assert [(row["message_id"], row["consumer"], row["times_delivered"]) for row in rows] == [
        (ids[0], "ann", 2), (ids[1], "ann", 1), (ids[2], "ann", 1)], rows
    assert client.xpending_range(stream, "mail", min="-", max="+", count=10, idle=3_600_000) == []

    assert client.xack(stream, "mail", ids[0], ids[0], "1-1") == 1 and client.xack(stream, "mail", ids[0]) == 0
    claimed = client.xclaim(stream, "mail", "cat", min_idle_time=0, message_ids=[ids[1]])
    assert claimed == first[1:2], claimed
    assert client.xclaim(stream, "mail", "cat", min_idle_time=0, message_ids=[ids[2]], justid=True) == [ids[2]]
    assert client.xclaim(stream, "mail", "cat", min_idle_time=3_600_000, message_ids=[ids[3]]) == []
    start, entries, gone = client.xautoclaim(stream, "mail", "dan", min_idle_time=0, count=2)
    assert (start, [entry_id for entry_id, _ in entries], gone) == (ids[3], ids[1:3], []), (start, entries, gone)
    assert client.xautoclaim(stream, "mail", "dan", min_idle_time=0, start_id=start, justid=True) == [ids[3]]

    [group] = client.xinfo_groups(stream)
    assert (group["name"], group["consumers"], group["pending"], group["last-delivered-id"]) == ("mail", 4, 3, ids[3]), group
    assert (group["entries-read"], group["lag"]) == (4, 2), group
    consumers = {one["name"]: one for one in client.xinfo_consumers(stream, "mail")}
    assert {name: one["pending"] for name, one in consumers.items()} == {"ann": 0, "ben": 0, "cat": 0, "dan": 3}, consumers
    assert all(one["idle"] >= 0 and one["inactive"] >= 0 for one in consumers.values()), consumers
    assert client.xgroup_createconsumer(stream, "mail", "eve") == 1
    assert client.xgroup_delconsumer(stream, "mail", "dan") == 3

    assert len(given(client.xreadgroup("mail", "eve", {stream: ">"}, noack=True))) == 2
    assert client.xpending(stream, "mail")["pending"] == 0
    told = []
    reader = redis.Redis(host=host, port=port, protocol=protocol, decode_responses=True)
    thread = threading.Thread(target=lambda: told.append(reader.xreadgroup("mail", "eve", {stream: ">"}, block=0)))
    thread.start()
    while client.info("clients")["blocked_clients"] != 1:
        pass
    client.execute_command("HOLD", event, "k9", "bob", 60000, "SEATS", "A-1-9")
    thread.join()
    assert [fields["version"] for _, fields in given(told[0])] == ["7"], told
    assert client.xgroup_setid(stream, "mail", ids[4])
    assert [entry_id for entry_id, _ in given(client.xreadgroup("mail", "eve", {stream: ">"}))][0] == ids[5]
    assert client.xnack(stream, "mail", "SILENT", ids[5], "1-1") == 1
    [found] = given(client.xreadgroup("mail", "fay", {stream: ">"}, count=1, claim_min_idle_time=60_000))
    assert (found[0], found[1]["version"], int(found[3])) == (ids[5], "6", 0) and int(found[2]) > 60_000, found
    refused("INVALID", client.xnack, stream, "mail", "FAIL", ids[5], force=True)
    with client.pipeline(transaction=False) as pipe:
        assert pipe.xack(stream, "mail", ids[5]).xpending(stream, "mail").execute()[0] == 1
    assert client.xinfo_stream(stream)["groups"] == 1
    assert client.xgroup_destroy(stream, "mail") == 1 and client.xgroup_destroy(stream, "mail") == 0


check(2)
check(3)
print("redis-py: all as expected")
