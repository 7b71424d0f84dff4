"""What is told of gaps in the changes of all events, whatever a server answers."""

import asyncio
import itertools
import unittest

import holdfast
from fake import Fake
from holdfast import aio

OUT = (b"-DEGRADED HF-SYS-013 record 7 is of event gala: event gala: out of service; go on with 8, and with FEED gala when it is "
       b"back\r\n")
TRIMMED = b"-TRIMMED HF-INP-040 record 1 is not kept any more: the oldest is 41\r\n"


def page(*changes):
    return b"*%d\r\n" % len(changes) + b"".join(
        b"*6\r\n:%d\r\n+%s\r\n:%d\r\n:1\r\n+held\r\n*0\r\n" % (lsn, event.encode(), version) for lsn, event, version in changes)


class Feeds(unittest.TestCase):
    def told(self, replies, count, after=0, versions=None):
        """The first so many things that are told, with and without asyncio, and the LSNs that were asked from."""
        def short(told):
            return (told.lsn, told.event, told.after, told.before) if isinstance(told, holdfast.Gap) else told[:3]

        async def later(url, known):
            found = []
            async with aio.connect(url, timeout=60) as shop:
                async for told in aio.feeds(shop, after, known, within=0):
                    found.append(short(told))
                    if len(found) == count:
                        return found
        results = []
        for way in ("now", "later"):
            fake = Fake(lambda number: replies[min(number, len(replies)) - 1])
            self.addCleanup(fake.close)
            known = dict(versions or {})
            if way == "now":
                with holdfast.connect(fake.url, timeout=60) as shop:
                    found = [short(told) for told in itertools.islice(holdfast.feeds(shop, after, known, within=0), count)]
            else:
                found = asyncio.run(later(fake.url, known))
            results.append((found, [int(words[1]) for words in fake.heard]))
        self.assertEqual(*results)
        return results[0]

    def test_an_event_out_of_service_is_a_gap_and_the_others_go_on(self):
        replies = [page((6, "gala", 3)), OUT, page((9, "club", 1), (10, "gala", 5))]
        told, asked = self.told(replies, 5, 5, {"gala": 2})
        self.assertEqual(told, [(6, "gala", 3), (7, "gala", 3, None), (9, "club", 1), (9, "gala", 3, 5), (10, "gala", 5)])
        self.assertEqual(asked, [6, 7, 8])

    def test_what_is_not_kept_is_a_gap_of_all_events(self):
        told, asked = self.told([TRIMMED, page((41, "gala", 30))], 2)
        self.assertEqual((told, asked), ([(40, None, None, None), (41, "gala", 30)], [1, 41]))

    def test_an_event_that_lost_its_first_changes_is_told_from_the_start_only(self):
        self.assertEqual(self.told([page((4, "gala", 3))], 2)[0], [(3, "gala", 0, 3), (4, "gala", 3)])
        self.assertEqual(self.told([page((4, "gala", 3))], 1, 2)[0], [(4, "gala", 3)])

    def test_a_server_that_is_busy_or_away_is_no_gap(self):
        replies = [b"-BUSY HF-SYS-001 overloaded, retry after 20 ms\r\n", None, page(), page((4, "gala", 1))]
        self.assertEqual(self.told(replies, 1), ([(4, "gala", 1)], [1, 1, 1, 1]))

    def test_what_is_known_by_now_does_not_come(self):
        versions = {"gala": 2}
        position = holdfast.FeedsPosition(0, versions)
        told = position.page([[8, "gala", 5, 1, "held", {}], [9, "gala", 7, 1, "held", {}], [10, "gala", 8, 1, "held", {}]])
        self.assertEqual(next(told), holdfast.Gap(7, "gala", 2, 5, None))
        versions["gala"] = 7  # settled by the present state
        self.assertEqual([change.version for change in told], [8])
        self.assertEqual((position.lsn, versions), (10, {"gala": 8}))

    def test_a_refusal_that_stands_is_raised(self):
        for way in ("now", "later"):
            with self.subTest(way), self.assertRaises(holdfast.NoAuth):
                self.told([b"-NOAUTH HF-INP-061 log in first\r\n"], 1)

    def test_another_branch_is_told_of(self):
        fake = Fake(lambda _: b"-TRIMMED HF-INP-042 branch 1 is not that of the server, 7\r\n")
        self.addCleanup(fake.close)

        async def later():
            async with aio.connect(fake.url, timeout=60) as shop:
                for told in (aio.feed(shop, "gala", 4, branch=1), aio.feeds(shop, 4, branch=1)):
                    with self.assertRaises(holdfast.Trimmed):
                        await told.__anext__()
        asyncio.run(later())
        with holdfast.connect(fake.url, timeout=60) as shop:
            for told in (holdfast.feed(shop, "gala", 4, branch=1), holdfast.feeds(shop, 4, branch=1)):
                self.assertRaises(holdfast.Trimmed, next, told)
            self.assertRaises(holdfast.Trimmed, holdfast.consume, shop, "gala", lambda: (4, 1), print)
        self.assertEqual({(words[0], *words[-2:]) for words in fake.heard}, {("FEED", "BRANCH", "1"), ("FEEDS", "BRANCH", "1")})


if __name__ == "__main__":
    unittest.main()
