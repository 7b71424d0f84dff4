"""The package against a real server, whose address is in HOLDFAST_URL: every command of the table, on RESP2 and on RESP3.

Each test makes an event of its own.
"""

import asyncio
import json
import os
import unittest
import uuid
from pathlib import Path

import holdfast
import redis
from holdfast import aio

URL = os.environ.get("HOLDFAST_URL")
CLIENTS = Path(__file__).parents[2]
TABLE, SCENARIO = (json.loads((CLIENTS / name).read_text()) for name in ("table.json", "scenario.json"))
SLOW = {"timeout": 60}  # however slow the machine is
PROTOCOLS = [SLOW] if redis.VERSION < (5,) else [{**SLOW, "protocol": 2}, {**SLOW, "protocol": 3}]
GROUND = {"int": int, "text": str, "counts": list, "null": type(None), "map": dict, "any": object,
          "rows": list, "recorded": (dict, type(None)), "changes": list,
          "all_changes": list, "states": (str, list), "places": list}


def is_a(value, type_):
    """Is a reply what the table says, and has it no field that the table does not have?"""
    if type_.startswith("page "):
        return isinstance(value[0], int) and is_a(value[1], type_[5:] + "[]")
    if "|" in type_:
        return any(is_a(value, one) for one in type_.split("|"))
    if type_.endswith("[]"):
        return isinstance(value, list) and all(is_a(item, type_[:-2]) for item in value)
    if type_ in TABLE["words"]:
        return value in TABLE["words"][type_]
    if type_ not in TABLE["replies"]:
        return isinstance(value, GROUND[type_])
    fields = dict(field.split(" ") for field in TABLE["replies"][type_].split(", "))
    always = {name for name in fields if not name.endswith("?")}
    types = {name.rstrip("?"): of for name, of in fields.items()}
    return isinstance(value, dict) and always <= value.keys() <= types.keys() and all(
        is_a(field, types[name]) for name, field in value.items())


def walk(ask, event, check):
    """Goes through the scenario; `check` gets each step with its result."""
    kept = {"ev": event, "plan": json.dumps(SCENARIO["plan"])}
    for step in SCENARIO["steps"]:
        words = [kept[word[1:]] if isinstance(word, str) and word.startswith("$") else word for word in step["ask"]]
        try:
            result = ask(*words)
        except holdfast.Refused as refusal:
            result = refusal
        for name, field in step.get("keep", {}).items():
            kept[name] = result[field]
        check(step, words, result)


def changed(**given):
    """An event with some changes, and who asks."""
    shop, event = holdfast.connect(URL, **given), uuid.uuid4().hex
    shop.ask("EVENT", "CREATE", event, "c", json.dumps(SCENARIO["plan"]))
    for number in range(10):
        hold = shop.ask("HOLD", event, f"h-{number}", "ann", 0, "AREA", "FLOOR", 1)
        shop.ask("RELEASE", event, f"r-{number}", hold["hold"])
    return shop, event


@unittest.skipUnless(URL, "HOLDFAST_URL names no server")
class Server(unittest.TestCase):
    def test_a_repeat_says_so_where_that_was_asked_for(self):
        for given in PROTOCOLS:
            for repeats in (True, False):
                shop, event = changed(**given, repeats=repeats)
                self.addCleanup(shop.close)
                words = ("HOLD", event, "again", "ann", 0, "AREA", "FLOOR", 1)
                first, again = shop.ask(*words), shop.ask(*words)
                self.assertEqual(again, {**first, "repeated": 1} if repeats else first)

                async def later():
                    async with aio.connect(URL, **given, repeats=repeats) as other:
                        return await other.ask(*words)
                self.assertEqual(asyncio.run(later()), again)

    def test_every_reply_is_what_the_table_says(self):
        asked = set()
        for given in PROTOCOLS:
            def check(step, words, result):
                command = " ".join(str(word) for word in words[:2])
                type_ = TABLE["commands"].get(command) or TABLE["commands"][words[0]]
                asked.update({command, words[0]})
                if "refused" in step:
                    self.assertIs(type(result), getattr(holdfast, TABLE["kinds"][step["refused"]][0]), f"{words}: {result!r}")
                    for name in ("seats", "seat"):
                        if name in step:
                            self.assertEqual(json.loads(json.dumps(getattr(result, name))), step[name])
                    if words[1] != "no-such-event" and step["refused"] not in ("KEYREUSED", "EARLY"):
                        first = 2 if words[0] in ("EVENT", "PAYMENT", "FORCE") else 1
                        known = shop.ask("ASK", *words[first:first + 2])
                        self.assertEqual("refused" in (known or {}), result.binds, words)
                elif words[0] == "COUNT" and "BY" in words:
                    self.assertTrue(all(is_a(sums, "Count") for _, sums in result), result)
                elif type_ == "EventReply|EventDry":
                    self.assertTrue(is_a(result, "EventDry" if "DRY" in words else "EventReply"), result)
                else:
                    self.assertNotIsInstance(result, holdfast.Refused, words)
                    self.assertTrue(is_a(result, type_), f"{words}: {result!r} is no {type_}")
            with holdfast.connect(URL, **given) as shop:
                walk(lambda *words: shop.ask(*words, within=0), uuid.uuid4().hex, check)
        typed = {command for command, type_ in TABLE["commands"].items() if type_ != "any"}
        self.assertEqual(typed - asked, set(), "commands of the table that nothing asks")

    def test_the_feed_has_no_gap(self):
        for given in PROTOCOLS:
            shop, event = changed(**given)
            for after in (0, 5):
                changes = holdfast.feed(shop, event, after, count=4)
                versions = [next(changes).version for _ in range(21 - after)]
                self.assertEqual(versions, list(range(after + 1, 22)))
            first = next(holdfast.feed(shop, event))
            self.assertEqual((first.kind, first.fields["limits"]["max_extends"]), ("created", 3))
            shop.close()

            async def later():
                async with aio.connect(URL, **given) as shop:
                    versions = []
                    async for change in aio.feed(shop, event, 3, count=4):
                        versions.append(change.version)
                        if change.version == 21:
                            return versions
            self.assertEqual(asyncio.run(later()), list(range(4, 22)))

    def test_a_consumer_goes_on_from_its_position(self):
        class Enough(Exception):
            pass
        shop, event = changed(**SLOW)
        done, stored = [], {"position": 0}

        def work(change):
            done.append(change.version)
            if len(done) == 7:
                raise holdfast.Unheard("the reply to something that the work asked for")
            stored["position"] = change.version
            if change.version == 21:
                raise Enough
        self.assertRaises(Enough, holdfast.consume, shop, event, lambda: stored["position"], work, count=5)
        self.assertEqual(done, [1, 2, 3, 4, 5, 6, 7, *range(7, 22)])

        async def later():
            async def position():
                return stored["position"]

            async def again(change):
                work(change)
            async with aio.connect(URL, **SLOW) as shop:
                await aio.consume(shop, event, position, again)
        stored["position"], done[:] = 19, []
        self.assertRaises(Enough, asyncio.run, later())
        self.assertEqual(done, [20, 21])
        shop.close()

    def test_pipelines_and_transactions_are_those_of_redis_py(self):
        for given in PROTOCOLS:
            shop, event = changed(**given)
            words = [("HOLD", event, f"k-{number}", "ann", 0, "SEATS", seat) for number, seat in enumerate(("A-1-1", "A-1-1", "A-1-2"))]
            for transaction in (False, True):
                pipe = shop.redis.pipeline(transaction=transaction)
                for one in words:
                    pipe.execute_command(*one)
                first, refused, _ = pipe.execute(raise_on_error=False)
                self.assertEqual(holdfast.read_reply(words[0], first)["seats"], ["A-1-1"])
                self.assertEqual(holdfast.refusal_of(refused).seats, [("A-1-1", "held")])
                pipe.execute_command("SEAT", event, "A-1-99")
                with self.assertRaises(redis.RedisError) as raised:
                    pipe.execute()
                self.assertIsInstance(holdfast.refusal_of(raised.exception), holdfast.NoSeat)
            shop.close()

    def test_reports_of_payments(self):
        shop, event = changed(**SLOW)
        pay = holdfast.Payments(shop, event)
        hold = [shop.ask("HOLD", event, f"p-{number}", "ann", 0, "AREA", "FLOOR", 1)["hold"] for number in range(4)]
        # In time, and told twice; as another report, too.
        self.assertEqual(pay.begin("in-time", hold[:1], amount=(12000, "EUR"), provider="p", note="till 7")["status"], "PENDING")
        self.assertEqual(shop.ask("GET", "PAYMENT", event, "in-time")["note"], "till 7")
        self.assertEqual(pay.retry("in-time", 1)["status"], "PENDING")
        first = pay.succeed("in-time", amount=(12000, "EUR"), reference="r")
        self.assertEqual((first, first["status"]), (pay.succeed("in-time", amount=(12000, "EUR"), reference="r"), "SUCCESS"))
        self.assertEqual(pay.succeed("in-time", amount=(12000, "EUR"), reference="r2")["already"], 1)
        with self.assertRaises(holdfast.State) as no:
            pay.fail("in-time", "declined")
        self.assertEqual(holdfast.answer_of(no.exception), (200, None, True))
        # Early: the money comes first, and a failure that comes first has to be told again, with the same key.
        self.assertEqual(pay.succeed("early")["status"], "PAID_AHEAD")
        self.assertEqual(pay.begin("early", hold[1:2])["status"], "SUCCESS")
        with self.assertRaises(holdfast.Early) as no:
            pay.fail("too-early", "declined", within=0)
        self.assertEqual(holdfast.answer_of(no.exception).status, 503)
        pay.begin("too-early", hold[2:3])
        self.assertEqual(pay.fail("too-early", "declined")["status"], "FAILED")
        # Late: the seats are still free; or they have gone, and the money goes back.
        self.assertEqual(pay.succeed("too-early")["status"], "SUCCESS")
        pay.begin("late", hold[3:])
        pay.fail("late", "silence")
        free = shop.ask("COUNT", event, "BY", "section")[-1][1]["free"]
        shop.ask("BLOCK", event, "b", "olga", "gone", "AREA", "FLOOR", free)
        self.assertEqual(pay.succeed("late")["status"], "REFUND_DUE")
        self.assertEqual(pay.refunded("late", "re_1")["status"], "REFUNDED")
        self.assertEqual(pay.refunded("late", "re_1")["status"], "REFUNDED")
        shop.close()

        async def later():
            async with aio.connect(URL, **SLOW) as shop:
                return await holdfast.Payments(shop, event).succeed("later")
        self.assertEqual(asyncio.run(later())["status"], "PAID_AHEAD")



if __name__ == "__main__":
    unittest.main()
