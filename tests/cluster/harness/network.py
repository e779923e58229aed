"""Two networks on bridges: one on which the machines speak with one another, one on which clients reach them.

Neighbours are set by hand, so that a machine that is cut off is silent: what is sent to it is dropped, and nobody is told.
"""

from harness.world import run

# On which clients reach PostgreSQL; on which the machines replicate and agree.
FRONT, BACK = "front", "back"
NUMBERS = {FRONT: 1, BACK: 2}
# The number of where the clients are, on both networks.
CLIENTS = 254


def address(network, number):
    """The address of a machine on a network."""
    return f"10.77.{NUMBERS[network]}.{number}"


def hardware(network, number):
    """The hardware address of a machine on a network."""
    return f"02:00:00:00:{NUMBERS[network]:02x}:{number:02x}"


def build(numbers):
    """Makes both networks with so many machines, which are network namespaces called `m1` and so on."""
    for network in NUMBERS:
        run("ip", "link", "add", network, "address", hardware(network, CLIENTS), "type", "bridge")
        run("ip", "address", "add", f"{address(network, CLIENTS)}/24", "dev", network)
        run("ip", "link", "set", network, "up")
    for number in numbers:
        run("ip", "netns", "add", f"m{number}")
        run("ip", "-n", f"m{number}", "link", "set", "lo", "up")
        for network in NUMBERS:
            plug(network, number)
    for network in NUMBERS:
        for number in numbers:
            run("ip", "neigh", "replace", address(network, number), "lladdr", hardware(network, number), "dev", network, "nud", "permanent")
            for other in {*numbers, CLIENTS} - {number}:
                inside = ["ip", "-n", f"m{number}", "neigh", "replace", address(network, other)]
                run(*inside, "lladdr", hardware(network, other), "dev", network, "nud", "permanent")


def plug(network, number):
    """Gives a machine its end on a network."""
    machine, outer = f"m{number}", f"m{number}-{network}"
    run("ip", "link", "add", outer, "type", "veth", "peer", "name", network, "address", hardware(network, number), "netns", machine)
    run("ip", "link", "set", outer, "master", network, "up")
    run("ip", "-n", machine, "address", "add", f"{address(network, number)}/24", "dev", network)
    run("ip", "-n", machine, "link", "set", network, "up")


def cut(network, number):
    """Takes a machine off a network."""
    run("ip", "link", "set", f"m{number}-{network}", "nomaster")


def join(network, number):
    """Puts a machine back on a network."""
    run("ip", "link", "set", f"m{number}-{network}", "master", network)
