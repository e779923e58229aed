"""The clients: each runs creditop again and again, as a script or a person does, and notes what it was told."""

import itertools
import os
import random
import signal
import subprocess
import threading
import time
from decimal import Decimal

from harness.judge import Entry, History, Possession
from harness.world import ROOT

# Accounts in which all clients compete: some with a few credits that are held and never released, one with a single credit
# that goes from hand to hand.
RACES = [f"race-{number:03}" for number in range(400)]
RACE_CREDITS = 3
TOKEN = "token"
# What each client has for itself.
PLENTY = 1_000_000
# What the dashboards show: nobody else has as much.
SHOWN, SHOWN_CREDITS = "shown", 987_654
# creditop's exit codes: done, and a "no".
DONE, NO = 0, 1
# What it says where it is certain that it recorded nothing.
DENIED = "nothing was written"
# Seconds until a command that doesn't end is killed, as an impatient person does.
PATIENCE = 40


class Office:
    """What the clients share: the program, its configuration, and where the race is."""

    def __init__(self, program, seed):
        self.program, self.seed = program, seed
        self.stop = threading.Event()
        self.race = itertools.count()
        self.at_race = 0
        self.lock = threading.Lock()
        self.config, self.shown_config = ROOT / "creditop.toml", ROOT / "shown.toml"

    def configure(self, clients):
        """Writes the configuration that all clients use, and that of the dashboards."""
        write_configuration(self.config, [SHOWN, TOKEN, *RACES, *(client.account for client in clients)])
        write_configuration(self.shown_config, [SHOWN])

    def granted(self, clients):
        """The entries that are there before the first fault."""
        amounts = {**dict.fromkeys(RACES, RACE_CREDITS), TOKEN: 1, SHOWN: SHOWN_CREDITS, **dict.fromkeys((client.account for client in clients), PLENTY)}
        return [Entry("grant", account, "first", Decimal(amount)) for account, amount in amounts.items()]

    def race_on(self, account):
        """Goes on to the next account of the race, if this is still the present one."""
        with self.lock:
            if RACES[self.at_race % len(RACES)] == account:
                self.at_race += 1

    def race_account(self):
        """Where the race is now."""
        return RACES[self.at_race % len(RACES)]


def write_configuration(path, accounts):
    """Writes a configuration with a ledger on PostgreSQL and accounts that are kept by hand."""
    head = 'ledger = { postgres = { env = "CREDITOP_POSTGRES" } }\nactor = "cluster"\ntheme = "dark"\n'
    path.write_text(head + "".join(f'[[account]]\nid = "{account}"\nprovider = "generic"\n' for account in accounts))
    path.chmod(0o600)


class Client(threading.Thread):
    """One client. Every command that isn't answered is given again with the same ref until it is."""

    def __init__(self, office, name, url):
        super().__init__(daemon=True, name=name)
        self.office, self.url = office, url
        self.account = f"own-{name}"
        self.data = ROOT / "clients" / name
        self.random = random.Random(f"{office.seed} {name}")
        self.counter = itertools.count(1)
        # Refs are unique in an account; several clients write to one.
        self.history = History([], [], [], [], [])
        self.commands = self.repeats = 0
        # (second, the command's words, what it printed to standard error) of what was neither done nor a "no".
        self.troubles = []
        self.answered_at = []

    def run(self):
        self.answered_at.append(time.monotonic())
        deeds = [self.spend, self.spend, self.hold_and_capture, self.compete, self.compete, self.pass_the_token]
        while not self.office.stop.is_set():
            self.random.choice(deeds)()

    def ref(self):
        """A ref that nobody else has."""
        return f"{self.name}-{next(self.counter)}"

    def spend(self):
        """Uses a credit of its own."""
        self.record(Entry("spend", self.account, self.ref(), Decimal(self.random.randint(1, 3))))

    def hold_and_capture(self):
        """Holds credits of its own, then uses or releases them."""
        hold = Entry("hold", self.account, self.ref(), Decimal(self.random.randint(2, 5)))
        if self.record(hold):
            if self.random.random() < 0.5:
                self.record(Entry("capture", self.account, self.ref(), hold.amount, hold.ref))
            else:
                self.record(Entry("release", self.account, self.ref(), None, hold.ref))

    def compete(self):
        """Tries to hold one of the few credits that all want; once there are none, the race goes on elsewhere."""
        account = self.office.race_account()
        if not self.record(Entry("hold", account, self.ref(), Decimal(1))):
            self.office.race_on(account)

    def pass_the_token(self):
        """Tries to hold the one credit that goes round, has it for a moment, and gives it back."""
        hold = Entry("hold", TOKEN, self.ref(), Decimal(1))
        if self.record(hold):
            begin = time.monotonic()
            time.sleep(0.05)
            self.history.possessions.append(Possession(TOKEN, self.name, hold.ref, begin, time.monotonic()))
            self.record(Entry("release", TOKEN, self.ref(), None, hold.ref))

    def record(self, entry):
        """Asks until there is an answer. Whether it was recorded; a hold may be refused, nothing else."""
        self.history.unanswered.append(entry)
        denied = entry.kind == "spend"
        while True:
            code, said = self.attempt(entry)
            if code == DONE:
                self.answered_at.append(time.monotonic())
                self.answer(entry, self.history.acknowledged)
                return True
            if code == NO and entry.kind == "hold":
                self.answer(entry, self.history.refused)
                return False
            self.repeats += 1
            self.troubles.append((time.monotonic(), str(entry), f"exit code {code}: {said}"))
            # What creditop denies has to be true: some take its word, and ask for something else instead.
            denied = denied and code not in (DONE, NO) and DENIED in said
            if denied and self.random.random() < 0.5:
                self.answer(entry, self.history.denied)
                return False
            if not self.goes_on():
                return False
            time.sleep(0.2)

    def goes_on(self):
        """Whether to ask again: always, and in the end until all that was asked is answered."""
        return True

    def answer(self, entry, where):
        """Moves an entry to where its answer belongs."""
        self.history.unanswered.remove(entry)
        where.append(entry)

    def attempt(self, entry):
        """Runs creditop once. Gives its exit code and what it said on standard error."""
        self.commands += 1
        words = ["ledger", entry.kind, "--account", entry.account, "--ref", entry.ref]
        if entry.amount is not None:
            words += ["--amount", str(entry.amount)]
        if entry.hold is not None:
            words += ["--hold", entry.hold]
        return self.creditop(*words)[::2]

    def creditop(self, *words, given=None):
        """Runs a command of creditop. Gives its exit code, standard output and standard error."""
        command = subprocess.Popen(
            [self.office.program, *words],
            stdin=subprocess.PIPE if given else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(),
        )
        try:
            printed, said = command.communicate(given, timeout=self.patience())
        except subprocess.TimeoutExpired:
            command.send_signal(signal.SIGKILL)
            printed, said = command.communicate()
            said += "(killed)"
        return command.returncode, printed, said.strip()

    def environment(self):
        """The variables that its commands see."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.data),
            "CREDITOP_CONFIG": str(self.office.config),
            "CREDITOP_DATA_DIR": str(self.data),
            "CREDITOP_POSTGRES": self.url,
        }

    def patience(self):
        """After how many seconds a command is killed."""
        return PATIENCE

    def longest_gap(self, begin, end):
        """The longest time in an interval in which nothing was acknowledged to it."""
        inside = [instant for instant in self.answered_at if begin <= instant <= end]
        instants = [begin, *inside, end]
        return max(later - earlier for earlier, later in zip(instants, instants[1:]))


class Clumsy(Client):
    """A client whose commands are killed at any point, now and then: whether they were recorded is known by asking again."""

    def patience(self):
        return self.random.uniform(0.01, 0.3) if self.random.random() < 0.2 else PATIENCE


class Obstinate(Client):
    """A client that knows only the machine that had the fault, and gives up soon. What it is told has to be true all the same."""

    def __init__(self, office, name, url):
        super().__init__(office, name, url)
        self.over = threading.Event()

    def goes_on(self):
        return not self.office.stop.is_set() and not self.over.is_set()

    def patience(self):
        return 8

    def run(self):
        while not self.over.is_set():
            self.spend()
