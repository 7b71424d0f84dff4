"""A whole sale with redis-py as it comes: RESP2 and RESP3, pipelines, transactions, errors.

Usage: redis_py.py VERSION HOST PORT [TOKEN CA]
"""

import json
import sys

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

MAP = json.dumps({
    "sections": [{"name": "A", "category": "VIP", "rows": [{"name": "1", "seats": 6}]}],
    "areas": [{"name": "FLOOR", "category": "GA", "capacity": 20}],
})


def text(value):
    """Replies as text, and RESP2's flat maps as they are in RESP3."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list):
        return [text(item) for item in value]
    if isinstance(value, dict):
        return {text(key): text(item) for key, item in value.items()}
    return value


def fields(value):
    value = text(value)
    return value if isinstance(value, dict) else dict(zip(value[::2], value[1::2]))


def refused(call, kind, code):
    try:
        reply = call()
    except redis.ResponseError as error:
        assert str(error).startswith(f"{kind} {code} "), error
    else:
        raise AssertionError(f"{kind} expected, got {reply}")


def speaking(protocol):
    """Before version 5 there is only RESP2, and no option for it."""
    return {"protocol": protocol} if int(redis.__version__.split(".")[0]) >= 5 else {}


def sale(host, port, protocol, options):
    client = redis.Redis(host=host, port=port, client_name="box-office", **speaking(protocol), **options)
    event = f"py{protocol}"
    do = client.execute_command
    assert client.ping()
    assert text(client.client_getname()) == "box-office"
    assert client.info("server")["server_name"] == "holdfast"
    # Its own readers of what the server tells of itself find all that they look for.
    assert client.client_info()["name"] == "box-office"
    assert "box-office" in [one["name"] for one in client.client_list()]
    assert text(client.config_get("appendon*")) == {"appendonly": "yes"}
    assert client.dbsize() >= 0 and client.time()[0] > 0
    created = fields(do("EVENT", "CREATE", event, "c", MAP))
    assert created == {"event": event, "status": "open", "version": 1}, created

    hold = fields(do("HOLD", event, "k1", "bob", 0, "SEATS", "A-1-1", "A-1-2", "AREA", "FLOOR", 2))
    assert hold["hold"] == 2 and hold["version"] == 2, hold
    assert hold["seats"] == ["A-1-1", "A-1-2"] and hold["areas"] == ["FLOOR", 2], hold
    assert fields(do("HOLD", event, "k1", "bob", 0, "SEATS", "A-1-1", "A-1-2", "AREA", "FLOOR", 2)) == hold
    refused(lambda: do("HOLD", event, "k2", "ann", 0, "SEATS", "A-1-2"), "TAKEN", "HF-BIZ-001")
    refused(lambda: do("HOLD", event, "k1", "ann", 0, "SEATS", "A-1-3"), "KEYREUSED", "HF-INP-010")
    refused(lambda: do("COUNT", "nowhere"), "NOEVENT", "HF-INP-020")
    refused(lambda: do("SHOUT"), "INVALID", "HF-INP-007")
    asked = fields(do("ASK", event, "k2"))
    assert asked == {"refused": "TAKEN HF-BIZ-001 A-1-2 held"}, asked
    assert do("ASK", event, "k3") is None

    assert fields(do("EXTEND", event, "k4", 2, 60000))["version"] == 3
    assert fields(do("RELEASE", event, "k5", 2, "SEATS", "A-1-2")) == {"hold": 2, "version": 4, "released": 1}
    order = fields(do("CONFIRM", event, "k6", "o1", 2))
    assert hold["expires_at"] > order.pop("at") >= hold["at"], (hold, order)
    assert order == {"order": "o1", "version": 5, "seats": ["A-1-1"], "areas": ["FLOOR", 2]}, order
    seat = fields(do("SEAT", event, "A-1-1"))
    assert seat["status"] == "sold" and seat["order"] == "o1" and seat["hold"] is None, seat
    assert text(do("MAP", event, "A")) == [["A", "1", "s....."]]

    # A pipeline: replies in order, an error in its place, the rest done.
    pipe = client.pipeline(transaction=False)
    for number in range(2, 7):
        pipe.execute_command("HOLD", event, f"p{number}", "cy", 0, "SEATS", f"A-1-{number}")
    pipe.execute_command("HOLD", event, "p7", "cy", 0, "SEATS", "A-1-1")
    pipe.execute_command("COUNT", event)
    replies = pipe.execute(raise_on_error=False)
    assert [fields(reply)["version"] for reply in replies[:5]] == [6, 7, 8, 9, 10], replies
    assert isinstance(replies[5], redis.ResponseError) and str(replies[5]).startswith("TAKEN HF-BIZ-001"), replies
    assert fields(replies[6]) == {"free": 18, "held": 5, "paying": 0, "sold": 3, "blocked": 0}, replies
    # As pipelines come by default: all of it or nothing, and nothing of others in between.
    pipe = client.pipeline()
    pipe.execute_command("RELEASE", event, "t1", 6)
    pipe.execute_command("HOLD", event, "t2", "cy", 0, "SEATS", "A-1-2")
    pipe.execute_command("HOLD", event, "t3", "cy", 0, "SEATS", "A-1-1")
    replies = pipe.execute(raise_on_error=False)
    assert [fields(reply)["version"] for reply in replies[:2]] == [11, 12], replies
    assert isinstance(replies[2], redis.ResponseError) and str(replies[2]).startswith("TAKEN HF-BIZ-001"), replies
    pipe.execute_command("RELEASE", event, "t4", 7)
    pipe.execute_command("HOLD", event, "t5", "cy", 0, "SEATS", "A-9-9")
    try:
        pipe.execute()
    except redis.ResponseError as error:
        assert "NOSEAT HF-INP-021 " in str(error), error
    else:
        raise AssertionError("a transaction with a bad command in it was carried out")
    assert do("ASK", event, "t4") is None
    there_is_no_watch(client, event)
    big = client.pipeline(transaction=False)
    for _ in range(10_000):
        big.execute_command("SEAT", event, "A-1-1")
    assert all(fields(reply) == seat for reply in big.execute())

    what_was_slow(client, event)

    paused = fields(do("EVENT", "PAUSE", event, "k8", "olga", "fire drill"))
    assert paused == {"event": event, "status": "paused", "version": 13}, paused
    refused(lambda: do("HOLD", event, "k9", "bob", 0, "AREA", "FLOOR", 1), "CLOSED", "HF-BIZ-030")
    client.close()


def what_was_slow(client, event):
    """Everything is slow here. Its own readers take the entries; what is more in them is there for those who ask themselves."""
    do = client.execute_command
    assert text(do("LATENCY", "HISTOGRAM", "nothing")) in ([], {})
    do("GET", "HOLD", event, 7)
    look = {key: text(value) for key, value in client.slowlog_get(1)[0].items()}
    assert look["command"] == f"GET HOLD {event} 7", look
    assert look["duration"] >= 0 and look["start_time"] > 1_790_000_000, look
    # Older versions leave these out.
    assert look.get("client_name", "box-office") == "box-office", look
    entry = raw(client, "SLOWLOG", "GET", 1)[0]
    went = fields(entry[6])
    assert sum(went[part] for part in ("queue", "judge", "log", "sync", "socket")) == entry[2], entry
    assert went["commands"] == 1, entry
    assert client.slowlog_len() > 1 and client.slowlog_reset() and client.slowlog_len() == 1
    hold = fields(fields(do("LATENCY", "HISTOGRAM", "hold"))["hold"])
    assert hold["calls"] > 5, hold
    assert client.latency_latest() == [] if hasattr(client, "latency_latest") else True


def raw(client, *words):
    """The reply as it came, whatever the library would make of it."""
    connection = client.connection_pool.get_connection() if int(redis.__version__.split(".")[0]) >= 6 \
        else client.connection_pool.get_connection("_")
    try:
        connection.send_command(*words)
        return text(connection.read_response())
    finally:
        client.connection_pool.release(connection)


def who_was_turned_away(host, port, protocol, options):
    """After the logins that failed: its own reader of ACL LOG takes them."""
    client = redis.Redis(host=host, port=port, **speaking(protocol), **options)
    assert text(client.acl_whoami()) == "front"
    log = client.acl_log()
    assert any(text(one["reason"]) == "auth" and one["count"] >= 1 for one in log), log
    # With RESP3 the newest version leaves them as they are.
    if protocol == 2:
        assert all(one["client-info"]["id"] > 0 and one["age-seconds"] >= 0 for one in log), log
    if protocol == 2:
        assert client.acl_log_reset() and client.acl_log() == []


def there_is_no_watch(client, event):
    """A WATCH that was refused aborts the next transaction of its connection, once; the pool gives it to whoever comes."""
    try:
        client.transaction(lambda pipe: None, event)
    except redis.ResponseError as error:
        assert str(error).startswith("INVALID HF-INP-070 "), error
    else:
        raise AssertionError("WATCH was accepted")
    pipe = client.pipeline()
    for aborted in (True, False):
        pipe.execute_command("COUNT", event)
        try:
            replies = pipe.execute()
            assert not aborted and fields(replies[0])["sold"] == 3, replies
        except redis.exceptions.ExecAbortError as error:
            assert aborted and str(error).startswith("HF-INP-071 "), error


def let_in_by_the_token_only(host, port, protocol, options):
    """What a wrong token, none, and one of a lesser role look like from here."""
    def client(**other):
        once = Retry(NoBackoff(), 0)
        return redis.Redis(host=host, port=port, retry=once, **speaking(protocol), **{**options, **other})

    for wrong in ({"password": "wrong"}, {"username": "nobody"}):
        try:
            client(**wrong).ping()
        except redis.AuthenticationError as error:
            assert "HF-INP-061" in str(error), error
        else:
            raise AssertionError(f"let in with {wrong}")
    try:
        client(password=None).execute_command("EVENT", "LIST")
    except redis.AuthenticationError as error:
        assert "HF-INP-060" in str(error), error
    else:
        raise AssertionError("let in without a token")
    assert client(username="front").ping()


def main():
    version, host, port, options = sys.argv[1], sys.argv[2], int(sys.argv[3]), {}
    assert redis.__version__ == version, redis.__version__
    if len(sys.argv) > 4:
        options = {"password": sys.argv[4], "ssl": True, "ssl_ca_certs": sys.argv[5]}
    for protocol in (2, 3) if speaking(3) else (2,):
        sale(host, port, protocol, options)
    if options:
        let_in_by_the_token_only(host, port, 3, options)
        for protocol in (3, 2):
            who_was_turned_away(host, port, protocol, options)
    print("redis-py: all as expected")


main()
