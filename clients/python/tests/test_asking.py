"""`ask` against a server that loses replies, is busy, or refuses; with and without asyncio."""

import asyncio
import json
import math
import time
import unittest

import holdfast
from fake import Fake
from holdfast import aio

HOLD = ("HOLD", "gala", "k-1", "ann", 0, "SEATS", "A-1-1")
LATER = b"-BUSY HF-SYS-001 overloaded, retry after 20 ms\r\n"


def ask_later(url, *words, within, **given):
    async def asked():
        async with aio.connect(url, **given) as shop:
            return await shop.ask(*words, within=within)
    return asyncio.run(asked())


def ask_now(url, *words, within, **given):
    with holdfast.connect(url, **given) as shop:
        return shop.ask(*words, within=within)


class Asking(unittest.TestCase):
    def both(self, replies, words=HOLD, within=math.inf, **given):
        """The result of `ask` in both ways, and how often the words came; the last reply is repeated."""
        results = []
        for ask in (ask_now, ask_later):
            fake = Fake(lambda number: replies[min(number, len(replies)) - 1])
            self.addCleanup(fake.close)
            try:
                result = ask(fake.url, *words, within=within, **{"timeout": 60, **given})
            except holdfast.Problem as problem:
                result = problem
            self.assertTrue(all(heard == [str(word) for word in words] for heard in fake.heard), "the same words each time")
            results.append((type(result), str(result), len(fake.heard)))
            self.result = result
        self.assertEqual(results[0], results[1])
        return self.result, results[0][2]

    def test_what_is_lost_is_sent_again(self):
        self.assertEqual(self.both([None, None, b":7\r\n"], ("DBSIZE",)), (7, 3))

    def test_what_was_not_judged_is_sent_again(self):
        for no in (LATER, b"-DEGRADED HF-SYS-011 the disk is slow\r\n", b"-EARLY HF-BIZ-016 too early\r\n"):
            self.assertEqual(self.both([no, no, b":7\r\n"], ("DBSIZE",)), (7, 3))

    def test_a_reply_that_takes_too_long_counts_as_lost(self):
        def slow(number):
            if number == 1:
                time.sleep(0.3)
            return b":7\r\n"
        for ask in (ask_now, ask_later):
            fake = Fake(slow)
            self.addCleanup(fake.close)
            self.assertEqual(ask(fake.url, "DBSIZE", within=math.inf, timeout=0.1), 7)

    def test_the_server_says_when_to_come_back(self):
        began = time.monotonic()
        self.both([b"-BUSY HF-SYS-001 overloaded, retry after 300 ms\r\n", b":7\r\n"], ("DBSIZE",))
        self.assertGreaterEqual(time.monotonic() - began, 0.6, "each of the two has waited")

    def test_there_is_an_end(self):
        problem, times = self.both([LATER], within=0)
        self.assertEqual((type(problem), times, problem.retry_after), (holdfast.Busy, 1, 0.02))
        problem, times = self.both([None], within=0)
        self.assertEqual((type(problem), times), (holdfast.Unheard, 1))
        fake = Fake(lambda number: None)
        fake.close()
        for ask in (ask_now, ask_later):
            self.assertRaises(holdfast.Unheard, ask, fake.url, *HOLD, within=0)

    def test_a_refusal_is_the_answer(self):
        for kind, of in (("TAKEN", holdfast.Taken), ("NOAUTH", holdfast.NoAuth), ("EXECABORT", holdfast.ExecAbort),
                         ("CROSSSLOT", holdfast.CrossSlot), ("NEWKIND", holdfast.Refused)):
            problem, times = self.both([b"-%s HF-XXX-001 why it is so\r\n" % kind.encode()])
            self.assertEqual((type(problem), times), (of, 1))
            self.assertEqual((problem.kind, problem.code, problem.message), (kind, "HF-XXX-001", "why it is so"))
            self.assertEqual(problem.binds, kind == "TAKEN")

    def test_a_traced_reply_is_read_as_that_of_its_command(self):
        flat = ["hold", 2, "version", 2]
        for around in ((), ("TRACED", "00-x"), (b"traced", "00-x", "State", "a=b")):
            self.assertEqual(holdfast.read_reply((*around, *HOLD), flat), {"hold": 2, "version": 2})
        self.assertEqual(holdfast.read_reply(("TRACED", "00-x"), flat), flat)

    def test_words_are_words(self):
        with holdfast.connect() as shop:
            for wrong in (None, True, 1.5, ["A-1-1"]):
                self.assertRaises(TypeError, shop.ask, "HOLD", "gala", wrong)
        import redis
        self.assertRaises(ValueError, holdfast.Holdfast, redis.Redis())


class Keys(unittest.TestCase):
    def test_steps(self):
        self.assertEqual(holdfast.step_key("c-1", "retry", 2), "c-1/retry/2")
        self.assertNotEqual(holdfast.new_key(), holdfast.new_key())
        keys = {holdfast.step_key("p" * 128, "fail", reason) for reason in ("a", "b", "한국어", "x" * 300)}
        self.assertEqual(len(keys), 4)
        self.assertTrue(all(len(key) <= 128 and key.isascii() and " " not in key for key in keys))


class Details(unittest.TestCase):
    def test_what_refusals_name(self):
        taken = holdfast.Taken("TAKEN", "HF-BIZ-001", "A, left-1-2 held, 1층 R석-가-5 sold")
        self.assertEqual(taken.seats, [("A, left-1-2", "held"), ("1층 R석-가-5", "sold")])
        self.assertEqual(holdfast.Taken("TAKEN", "HF-BIZ-002", "FLOOR has 1 free places, 2 wanted").seats, [])
        orphan = holdfast.Orphan("ORPHAN", "HF-BIZ-004", "leaves A-1-3 alone; legal picks nearby: A-1-3 to A-1-4, A-1-7 to A-1-8")
        self.assertEqual((orphan.seat, orphan.picks), ("A-1-3", [("A-1-3", "A-1-4"), ("A-1-7", "A-1-8")]))
        waits = holdfast.Approval("APPROVAL", "HF-BAT-020", "command-93 waits for the approval of another token until 1795957076457")
        self.assertEqual((waits.execution, waits.binds), ("command-93", False))
        trimmed = holdfast.Trimmed("TRIMMED", "HF-INP-040", "version 1 is not kept any more: the oldest is 4")
        self.assertEqual(trimmed.oldest, 4)
        nothing = holdfast.Trimmed("TRIMMED", "HF-INP-040", "version 1 is not kept any more, nor is any after it up to now")
        self.assertIsNone(nothing.oldest)

    def test_what_the_provider_is_told(self):
        def told(of, *words):
            return tuple(holdfast.answer_of(of(*words) if words else of))
        self.assertEqual(told(None), (200, None, False))
        self.assertEqual(told(holdfast.Early, "EARLY", "HF-BIZ-016", "no such payment yet"), (503, 5, False))
        self.assertEqual(told(holdfast.Busy, "BUSY", "HF-SYS-001", "retry after 2000 ms"), (503, 2, False))
        self.assertEqual(told(holdfast.Unheard, "lost"), (503, 1, False))
        self.assertEqual(told(holdfast.State, "STATE", "HF-BIZ-046", "payment p is SUCCESS"), (200, None, True))
        self.assertEqual(told(holdfast.Denied, "DENIED", "HF-INP-062", "no"), (500, None, True))


class States(unittest.TestCase):
    """What a live map does with pictures and messages, whatever order they come in."""

    def setUp(self):
        self.states = holdfast.SeatStates("gala")
        self.states.picture({"version": 5, "at": 1, "plan_version": 1, "branch": 1, "seats": "..h", "areas": [["FLOOR", 9, 9, 0, 0, 0]]})

    def message(self, **said):
        change = self.states.message(json.dumps({"at": 2, "seats": {}, "areas": {}, **said}))
        return change and (change.version, change.seats, "".join(self.states.seats))

    def test_the_question(self):
        self.assertEqual(holdfast.SeatStates("gala").question(), ("PICTURE", "gala"))
        self.assertEqual(self.states.question(), ("PICTURE", "gala", "SINCE", 5, "BRANCH", 1))

    def test_a_server_that_was_restored(self):
        restored = holdfast.Trimmed("TRIMMED", "HF-INP-042", "branch 1 is not that of the server, 7")
        self.states.refused(restored)
        self.assertEqual(self.states.question(), ("PICTURE", "gala"))
        self.assertRaises(holdfast.Trimmed, self.states.refused, restored)
        change = self.states.picture({"version": 3, "at": 2, "plan_version": 1, "branch": 7, "seats": "...", "areas": []})
        self.assertEqual((change.whole, self.states.question()[-3:]), (True, (3, "BRANCH", 7)))

    def test_messages(self):
        self.assertIsNone(self.message(**{"from": 3, "version": 5}, seats={"0": "s"}), "the picture has it")
        self.assertEqual(self.message(**{"from": 4, "version": 6}, seats={"0": "s"}), (6, {0: "s"}, "s.h"))
        self.assertEqual(self.message(**{"from": 6, "version": 7}, areas={"FLOOR": [9, 5, 2, 0, 1]}), (7, {}, "s.h"))
        self.assertEqual((self.states.areas["FLOOR"].free, self.states.areas["FLOOR"].blocked), (5, 1))
        for gap in ({"from": 8, "version": 9}, {"from": 7, "version": 8, "plan_version": 8, "ask": "PICTURE"}):
            self.assertRaises(LookupError, self.message, **gap)
        self.assertEqual(self.states.version, 7)

    def test_pictures(self):
        delta = {"version": 8, "at": 3, "plan_version": 1, "seats": [[2, "."]], "areas": []}
        change = self.states.picture(delta)
        self.assertEqual((change.seats, change.whole, "".join(self.states.seats)), ({2: "."}, False, "..."))
        self.assertIsNone(self.states.picture(delta), "nothing new")
        change = self.states.picture({"version": 9, "at": 3, "plan_version": 9, "branch": 1, "seats": "....", "areas": []})
        self.assertEqual((change.whole, self.states.plan_version, self.states.areas), (True, 9, {}))


if __name__ == "__main__":
    unittest.main()
