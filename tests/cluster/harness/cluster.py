"""The cluster: three machines, who leads them, and whether they are whole."""

import json
import time
import urllib.request

from harness import network
from harness.machine import ETCD, PATRONI, PASSWORD, TIMES, Machine, make_authority
from harness.network import BACK, FRONT
from harness.world import ROOT, User, postgres_programs, run

NUMBERS = [1, 2, 3]


class Cluster:
    """Three machines, of which one leads, and one follows in step with it where that is asked for."""

    def __init__(self, in_step=True):
        user = User()
        network.build(NUMBERS)
        make_authority()
        self.machines = [Machine(number, NUMBERS, user, in_step) for number in NUMBERS]
        self.in_step = in_step
        # Whom not to ask: what it answers may be old.
        self.faulty = set()

    def start(self):
        """Starts all machines, and makes the clients' database and role."""
        for machine in self.machines:
            machine.start(ETCD)
        for machine in self.machines:
            machine.start(PATRONI)
        self.wait_until_whole(120)
        self.query("postgres", f"CREATE ROLE recorder LOGIN PASSWORD '{PASSWORD}'")
        self.query("postgres", "CREATE DATABASE credits OWNER recorder")

    def members(self):
        """What etcd knows of the machines by name, as a machine without a fault tells it; empty where none does."""
        for machine in self.machines:
            if machine.name in self.faulty:
                continue
            try:
                url = f"http://{network.address(BACK, machine.number)}:8008/cluster"
                with urllib.request.urlopen(url, timeout=1) as answer:
                    return {member["name"]: member for member in json.load(answer)["members"]}
            except (OSError, ValueError, KeyError):
                continue
        return {}

    def leader(self):
        """The machine that leads, or None."""
        members = self.members()
        return next((machine for machine in self.machines if members.get(machine.name, {}).get("role") == "leader"), None)

    def other_leader(self, old, limit):
        """Waits until another machine leads and takes writes, and gives it."""
        return wait_for(f"a leader other than {old.name}", limit, lambda: self.leads_instead(old))

    def leads_instead(self, old):
        leader = self.leader()
        return leader if leader and leader != old and self.members()[leader.name]["state"] == "running" else None

    def whole(self):
        """Whether one machine leads, both others follow on its time line without a gap, and one of them in step."""
        members = self.members()
        roles = sorted(member["role"] for member in members.values())
        if roles != ["leader", "replica", "sync_standby" if self.in_step else "replica"]:
            return False
        if any(member["state"] not in ("running", "streaming") or member.get("lag", 0) != 0 for member in members.values()):
            return False
        if len({member.get("timeline") for member in members.values()}) != 1:
            return False
        # etcd's word may be a loop old: the leader itself has to stream to both.
        answer = self.query("postgres", "SELECT count(*), count(*) FILTER (WHERE sync_state = 'sync') FROM pg_stat_replication")
        return answer == ("2|1" if self.in_step else "2|0")

    def wait_until_whole(self, limit):
        """Waits until the cluster is whole, and gives how many seconds it took."""
        begin = time.monotonic()
        wait_for("a leader and two standbys", limit, self.whole)
        return time.monotonic() - begin

    def query(self, database, text, machine=None):
        """What PostgreSQL on the leader, or on that machine, answers, asked on the machine itself; empty where it doesn't."""
        machine = machine or self.leader()
        if machine is None:
            return ""
        try:
            options = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", str(machine.folder), "-U", "postgres"]
            return run(str(postgres_programs() / "psql"), *options, "-d", database, "-c", text, timeout=10).strip()
        except RuntimeError as problem:
            if "starting up" in str(problem) or "shutting down" in str(problem) or "connection to server" in str(problem):
                return ""
            raise

    def url(self, *machines):
        """The address of the ledger: on all machines, or on some only."""
        hosts = ",".join(f"{network.address(FRONT, machine.number)}:5432" for machine in machines or self.machines)
        return (
            f"postgresql://recorder:{PASSWORD}@{hosts}/credits"
            f"?target_session_attrs=read-write&sslmode=verify-full&sslrootcert={ROOT / 'ca.crt'}"
        )


def wait_for(what, limit, found):
    """Asks again and again until the answer is true, and gives it; raises where that takes too many seconds."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if answer := found():
            return answer
        time.sleep(0.2)
    raise TimeoutError(f"waited {limit} s for {what}")


# How long a change of the leader may take: the old one's key has to lapse first, and the new one to take over.
CHANGE = 6 * TIMES["ttl"]
