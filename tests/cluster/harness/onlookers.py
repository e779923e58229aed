"""Who only looks on while the clients write: dashboards that stay open, and a guard that is asked again and again."""

import threading
import time
from collections import Counter
from decimal import Decimal

from harness.clients import SHOWN, SHOWN_CREDITS
from harness.dashboard import Dashboard
from harness.judge import Entry

# What a dashboard says while it can't reach its ledger.
OUT_OF_REACH = "out of reach"
# Seconds within which a screen has to show what was recorded, once the cluster is whole: it may be about to try again.
SOON = 15


class Onlookers:
    """Dashboards on one account, and the guard of it."""

    def __init__(self, clerk, dashboards):
        self.clerk, self.spent = clerk, 0
        environment = clerk.environment()
        self.dashboards = [
            Dashboard(clerk.office.program, {**environment, "CREDITOP_CONFIG": str(clerk.office.shown_config)}) for _ in range(dashboards)
        ]
        # How often the guard ended with which exit code, and what it said where it gave no answer.
        self.answers, self.said = Counter(), {}
        self.wrong = []
        self.over = threading.Event()
        self.guard = threading.Thread(target=self.ask_again_and_again, daemon=True)
        if dashboards:
            self.guard.start()

    def ask_again_and_again(self):
        """Asks the guard whether a credit can be spent. There always are some: it may not know, but it may not say no."""
        while not self.over.is_set():
            code, _, said = self.clerk.creditop("guard", "--account", SHOWN, "--min", "1")
            self.answers[code] += 1
            self.said.setdefault(code, said)
            time.sleep(0.3)

    def look(self):
        """Records one entry, and gives the seconds after which the last of the screens shows it."""
        if not self.dashboards:
            return 0.0
        self.spent += 1
        self.clerk.record(Entry("spend", SHOWN, self.clerk.ref(), Decimal(1)))
        left = str(SHOWN_CREDITS - self.spent)
        took = [dashboard.seconds_until(lambda text: left in text, SOON) for dashboard in self.dashboards]
        for dashboard, seconds in zip(self.dashboards, took):
            if seconds is None:
                state = "has ended" if dashboard.ended.is_set() else f"shows after {SOON} s:\n{dashboard.text()}"
                self.wrong.append(f"blind screen: a dashboard should show {left} credits, and {state}")
        return max(seconds or SOON for seconds in took)

    def out_of_reach(self, begin, end):
        """For how many seconds of an interval the dashboards said that their ledger is out of reach, each."""
        return [dashboard.said(OUT_OF_REACH, begin, end) for dashboard in self.dashboards]

    def finish(self):
        """Closes everything, and gives what is wrong."""
        self.over.set()
        if self.guard.is_alive():
            self.guard.join(60)
        for dashboard in self.dashboards:
            if (code := dashboard.close()) != 0:
                self.wrong.append(f"broken screen: a dashboard ended with {code}:\n{dashboard.text()}")
        # 0 yes, 3 unknown, 4 the ledger can't be read.
        for code in self.answers.keys() - {0, 3, 4}:
            self.wrong.append(f"guard: it ended {self.answers[code]} times with {code}: {self.said[code]}")
        return self.wrong
