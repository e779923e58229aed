"""What happens to a leader, and how it is mended."""

import signal
from dataclasses import dataclass
from typing import Callable

from harness import network
from harness.machine import ETCD, PATRONI, POSTGRES
from harness.network import BACK, FRONT

ALL = (POSTGRES, PATRONI, ETCD)


@dataclass(frozen=True)
class Fault:
    """A fault: what is done to the leader's machine, and what mends it."""

    name: str
    strike: Callable
    mend: Callable
    # Whether it lasts until another machine leads; else so many seconds, which are too few for that.
    seconds: float | None = None


def kill(*programs):
    """Ends programs by SIGKILL. PostgreSQL is started again by Patroni."""

    def start_again(machine):
        for program in [ETCD, PATRONI]:
            if program in programs:
                machine.start(program)

    return lambda machine: machine.kill(*programs), start_again


def pause(*programs):
    """Stops programs where they are by SIGSTOP; they go on, knowing nothing, as a machine does whose disk or host hung."""
    return lambda machine: machine.signal(signal.SIGSTOP, *programs), lambda machine: machine.signal(signal.SIGCONT, *programs)


def cut(*networks):
    """Takes the machine off networks: what is sent to it is dropped without a word."""

    def strike(machine):
        for name in networks:
            network.cut(name, machine.number)

    def mend(machine):
        for name in networks:
            network.join(name, machine.number)

    return strike, mend


# The rounds. Killed, paused and cut off, each in several ways.
FAULTS = [
    Fault("PostgreSQL killed", *kill(POSTGRES)),
    Fault("PostgreSQL paused", *pause(POSTGRES)),
    # Clients still reach it: it must not acknowledge anything to them.
    Fault("cut off from the others, not from clients", *cut(BACK)),
    # PostgreSQL goes on taking writes while another machine leads.
    Fault("Patroni killed", *kill(PATRONI)),
    Fault("machine paused", *pause(*ALL)),
    Fault("cut off from everyone", *cut(BACK, FRONT)),
    Fault("machine killed", *kill(*ALL)),
    Fault("PostgreSQL paused for a moment", *pause(POSTGRES), seconds=3),
    Fault("cut off from the others for a moment", *cut(BACK), seconds=3),
    Fault("PostgreSQL and Patroni killed", *kill(POSTGRES, PATRONI)),
]
