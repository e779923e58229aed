"""Ledgers of a size, and how long creditop takes with them."""

import json
import os
import pty
import re
import select
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from harness.relay import Relay
from harness.server import Server

SQLITE, POSTGRES = "sqlite", "postgres"
# How often a command is measured after the first time.
AGAIN = 5
# What the first account has, so that the dashboard is known to show it: nobody else has as much.
FIRST_HAS = 987_654
# As the dashboard groups its digits, by a space of some width.
SHOWN = re.compile(rb"987[^0-9]{1,3}654")


@dataclass(frozen=True)
class Link:
    """How a ledger is reached."""

    name: str
    engine: str
    url: str
    relay: Relay | None
    # Whether the ledger is filled over this one; the others find it filled.
    fills: bool


class Links:
    """A server, and a link with a delay to it."""

    def __init__(self, folder, delay):
        self.server = Server(folder)
        self.relay = Relay(self.server.socket(), delay)
        self.delayed = f"{delay * 1000:g} ms"

    def all(self, database):
        """The ways to a ledger of that name: SQLite's file, PostgreSQL's socket, and the link."""
        self.server.query(f"CREATE DATABASE {database}")
        yield Link("SQLite", SQLITE, "", None, True)
        yield Link("socket", POSTGRES, self.server.url(database), None, True)
        yield Link(self.delayed, POSTGRES, self.server.url_over(self.relay, database), self.relay, False)


@dataclass
class Row:
    """What was measured of a command: seconds, and the round trips and bytes of one that is not the first."""

    command: str
    first: float
    then: list
    trips: int | None
    carried: int | None


class Ledger:
    """A ledger over a link."""

    def __init__(self, program, data, configuration, link):
        self.program, self.link = str(program), link
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(data),
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
            "CREDITOP_CONFIG": str(configuration),
            "CREDITOP_DATA_DIR": str(data),
            "CREDITOP_POSTGRES": link.url,
        }
        self.used = 0

    def run(self, *words):
        """Runs a command, which must succeed, and gives the seconds that it took."""
        begin = time.monotonic()
        done = subprocess.run([self.program, *words], env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"creditop {' '.join(words)} ended with {done.returncode}: {done.stderr.strip()[:500]}")
        return time.monotonic() - begin

    def rows(self, entries):
        """Measures every command, filling the ledger first where there are entries for it."""
        if entries is not None:
            yield self.fill(entries)
        yield self.status()
        yield self.append()
        yield self.dashboard()

    def fill(self, entries):
        """Imports what is to be in it."""
        return self.measured("ledger import", 0, lambda: self.run("ledger", "import", str(entries)))

    def status(self):
        """Reads all accounts."""
        return self.measured("status --json", AGAIN, lambda: self.run("status", "--json"))

    def append(self):
        """Records one entry."""

        def spend():
            self.used += 1
            return self.run("ledger", "spend", "-a", "a00002", "--amount", "1", "--ref", f"{self.link.name}-{self.used}".replace(" ", ""))

        return self.measured("ledger spend", AGAIN, spend)

    def dashboard(self):
        """Opens the dashboard, waits until it shows the first account's credits, and closes it."""
        return self.measured("dashboard, first figures", AGAIN, self.rows_shown)

    def rows_shown(self):
        """Seconds from the dashboard's start until the first account's credits are on the screen."""
        begin = time.monotonic()
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve("/bin/sh", ["sh", "-c", f"stty rows 40 columns 120 && exec '{self.program}'"], self.environment)
        try:
            seen = b""
            while not SHOWN.search(seen):
                if not select.select([terminal], [], [], 60)[0]:
                    raise RuntimeError(f"the dashboard shows nothing more, and not the {FIRST_HAS} of the first account: {seen[-300:]!r}")
                seen += os.read(terminal, 1 << 16)
            return time.monotonic() - begin
        finally:
            os.write(terminal, b"q")
            while True:
                try:
                    if not os.read(terminal, 1 << 16):
                        break
                except OSError:
                    break
            os.waitpid(pid, 0)
            os.close(terminal)

    def measured(self, command, again, once):
        """Measures a command: the first time, and again so often; and counts what went over the link in the last one."""
        first = once()
        then = [once() for _ in range(max(0, again - 1))]
        relay = self.link.relay
        if relay is None:
            return Row(command, first, then, None, None)
        relay.counted()
        then.append(once())
        trips, _, carried = relay.counted()
        return Row(command, first, then, trips, carried)


def write_configuration(folder, accounts):
    """Writes a configuration for each engine with so many accounts, and gives their paths by engine."""
    blocks = "\n".join(f'[[account]]\nid = "a{number:05}"\nprovider = "generic"' for number in range(1, accounts + 1))
    heads = {SQLITE: "", POSTGRES: 'ledger = { postgres = { env = "CREDITOP_POSTGRES" } }\n'}
    paths = {engine: folder / f"{engine}.toml" for engine in heads}
    for engine, path in paths.items():
        path.write_text(f'{heads[engine]}actor = "bench"\ntheme = "dark"\n{blocks}\n')
        path.chmod(0o600)
    return paths


def write_entries(folder, accounts, entries):
    """Writes so many entries of each account as JSON Lines, and gives the path."""
    path = Path(folder / "entries.jsonl")
    with open(path, "w", encoding="utf-8") as file:
        for number in range(1, accounts + 1):
            account = f"a{number:05}"
            amount = entries - 1 + (FIRST_HAS if number == 1 else 1000)
            line = {"kind": "grant", "account": account, "ref": "g", "bucket": "credits", "amount": amount, "at": "2026-01-01T00:00:00Z"}
            file.write(json.dumps(line) + "\n")
            for use in range(1, entries):
                at = f"2026-{1 + use % 9:02}-{1 + use % 28:02}T12:00:00Z"
                line = {"kind": "spend", "account": account, "ref": f"s{use}", "amount": 1, "at": at}
                file.write(json.dumps(line) + "\n")
    return path
