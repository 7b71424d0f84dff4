"""The cluster client of redis-py as it comes: sells, hears of it, reads from a copy, and goes on with the next owner.

Usage: redis_py.py EVENT HOST:PORT,HOST:PORT,...
"""

import json
import sys
import time

from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import ClusterDownError, ConnectionError, MasterDownError, RedisClusterException, ResponseError, TimeoutError

event, addresses = sys.argv[1:]
nodes = [ClusterNode(host, int(port)) for host, port in (address.rsplit(":", 1) for address in addresses.split(","))]


def patiently(ask):
    """Until there is an answer: the same words, with the same key."""
    while True:
        try:
            return ask()
        except (ConnectionError, TimeoutError, ClusterDownError, RedisClusterException):
            pass
        except ResponseError as error:
            if not str(error).startswith(("DEGRADED ", "BUSY ")):
                raise
        time.sleep(0.1)


shop = patiently(lambda: RedisCluster(startup_nodes=nodes, decode_responses=True))


def listen():
    """A channel's slot says which node is listened to."""
    listener = shop.pubsub()
    listener.ssubscribe(f"feed:{event}")
    return listener


def hear(listener, kind):
    """Waits for a change of this kind."""
    while True:
        message = listener.get_sharded_message(ignore_subscribe_messages=True, timeout=1)
        if message and json.loads(message["data"])["kind"] == kind:
            assert (message["type"], message["channel"]) == ("smessage", f"feed:{event}"), message
            return


listener = patiently(listen)
wanted = ("HOLD", event, "k1", "ann", 600000, "SEATS", "A-1-1")
hold = patiently(lambda: shop.execute_command(*wanted))
assert hold["seats"] == ["A-1-1"], hold
hear(listener, "held")
assert patiently(lambda: shop.execute_command("EVENT", "INFO", event))["held"] == 1
before = patiently(lambda: shop.execute_command("ASOF", 1, "COUNT", event))
assert before["held"] == 0, "a command whose key stands behind others"
pipe = shop.pipeline()
pipe.execute_command("COUNT", event)
pipe.execute_command("SEAT", event, "A-1-1")
assert [reply.get("held", reply.get("status")) for reply in pipe.execute()] == [1, "held"]

# What was written is read from a copy, once it is there.
with shop.get_redis_connection(shop.get_replicas()[0]).client() as copy:
    copy.execute_command("READONLY")
    # An event that has just been made may not be there yet, and a node that has just begun does not know whether it has all.
    version = None
    while version is None:
        try:
            version = copy.execute_command("WAITVERSION", event, hold["version"], 60_000)
        except MasterDownError:
            pass
        except ResponseError as error:
            assert str(error).startswith("NOEVENT "), error
    assert version >= hold["version"]
    assert copy.execute_command("SEAT", event, "A-1-1")["status"] == "held"
primary = shop.get_redis_connection(shop.get_primaries()[0])
assert event in primary.execute_command("EVENT", "LIST")[1]
print("held", flush=True)

input()
again = patiently(lambda: shop.execute_command(*wanted))
assert again == hold, again
listener = patiently(listen)
order = patiently(lambda: shop.execute_command("CONFIRM", event, "k2", "order-1", hold["hold"]))
assert order["seats"] == ["A-1-1"], order
hear(listener, "sold")
print("the same answer", flush=True)
