#!/usr/bin/python3
"""The judge finds what is wrong, and nothing where nothing is. Runs anywhere: tests/cluster/test_judge.py"""

import sys
import unittest
from dataclasses import replace
from decimal import Decimal

sys.dont_write_bytecode = True

from harness.fabricate import fabrications, passed_by_the_judge  # noqa: E402
from harness.judge import Entry, History, Possession, judge  # noqa: E402

GRANT = Entry("grant", "race", "first", Decimal(2))
FIRST, SECOND, THIRD = (Entry("hold", "race", ref, Decimal(1)) for ref in ["a", "b", "c"])
SPEND = Entry("spend", "own", "s", Decimal(3))
PLENTY = Entry("grant", "own", "first", Decimal(9))
USED = Entry("capture", "race", "d", Decimal(1), "a")
ENTRIES = [GRANT, PLENTY, FIRST, SECOND, SPEND, USED]
RIGHT = History(ENTRIES, [], [THIRD], [Possession("token", "one", "a", 1.0, 2.0), Possession("token", "other", "b", 2.5, 3.0)], [])


class TheJudge(unittest.TestCase):
    """What it says of small histories."""

    def test_finds_nothing_in_a_right_history(self):
        self.assertEqual(judge(RIGHT, ENTRIES), [])

    def test_finds_everything_that_was_fabricated(self):
        self.assertEqual(passed_by_the_judge(RIGHT, ENTRIES), [])

    def test_calls_each_fabrication_by_its_name(self):
        for what, history, entries in fabrications(RIGHT, ENTRIES):
            with self.subTest(what):
                self.assertIn(what, [line.split(":")[0] for line in judge(history, entries)])

    def test_lets_an_unanswered_entry_be_there_or_not(self):
        history = replace(RIGHT, acknowledged=[entry for entry in ENTRIES if entry != SPEND], unanswered=[SPEND])
        self.assertEqual(judge(history, ENTRIES), [])
        self.assertEqual(judge(history, [entry for entry in ENTRIES if entry != SPEND]), [])

    def test_gives_a_released_hold_back(self):
        release = Entry("release", "race", "r", None, "b")
        again = Entry("hold", "race", "again", Decimal(1))
        entries = [*ENTRIES, release, again]
        self.assertEqual(judge(replace(RIGHT, acknowledged=entries), entries), [])
        beyond = [*entries, Entry("hold", "race", "beyond", Decimal(1))]
        self.assertIn("overdrawn: race was granted 2, and 3 are used or held", judge(replace(RIGHT, acknowledged=beyond), beyond))


if __name__ == "__main__":
    unittest.main()
