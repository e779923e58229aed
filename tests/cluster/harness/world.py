"""A world of its own: namespaces in which machines can be made, cut off and killed, and of which nothing stays.

The script runs itself again as the first process of new namespaces (processes, network, mounts, IPC). Whatever way it ends, the
kernel ends every process in them, and with the last one the bridges, the file systems in memory and the shared memory are gone.
No file outside is written, and no address outside can be reached: there is no route.
"""

import grp
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

# The descriptor of a pipe whose other end the process outside holds: at its end of file the world ends too.
INSIDE = "CREDITOP_CLUSTER_INSIDE"
# Everything is kept here, in memory.
ROOT = Path("/run/cluster")

PROGRAMS = {
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "ip": "iproute2",
    "openssl": "openssl",
    "etcd": "etcd-server",
    "etcdctl": "etcd-client",
    "patroni": "patroni",
}
MODULES = {"psycopg2": "python3-psycopg2", "etcd": "python3-etcd"}


def postgres_programs():
    """The folder of the newest PostgreSQL's programs, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    return found[-1].parent if found else None


def missing_packages(programs=PROGRAMS):
    """The Debian packages that have to be installed first, sorted."""
    missing = {package for program, package in programs.items() if shutil.which(program) is None}
    missing |= {package for module, package in MODULES.items() if importlib.util.find_spec(module) is None}
    if postgres_programs() is None:
        missing.add("postgresql")
    return sorted(missing)


def add_program(parser):
    """Adds the option that names creditop."""
    target = Path(__file__).resolve().parents[3] / "target"
    built = [path for path in [target / "release/creditop", target / "debug/creditop"] if path.exists()]
    newest = max(built, key=lambda path: path.stat().st_mtime, default=None)
    parser.add_argument("--creditop", type=Path, default=newest, help="the program; the newest in target/ if not given")


def no_program():
    """Says that there is no creditop, and gives the exit code."""
    print("there is no creditop yet: cargo build, or name one with --creditop", file=sys.stderr)
    return 2


def inside():
    """Whether this process is in the world already."""
    return INSIDE in os.environ


def enter(limit):
    """Runs this script again in a world of its own, for at most so many seconds, and gives its exit code."""
    missing = missing_packages()
    if missing:
        print(f"these Debian packages are missing: apt-get install {' '.join(missing)}", file=sys.stderr)
        return 2
    reading, writing = os.pipe()
    command = ["unshare", "--fork", "--kill-child=KILL", "--pid", "--mount-proc", "--net", "--mount", "--ipc"]
    if os.geteuid() != 0:
        command += ["--user", "--map-root-user"]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    world = subprocess.Popen(
        [*command, sys.executable, *sys.argv],
        pass_fds=[reading],
        env={**os.environ, INSIDE: str(reading)},
    )
    os.close(reading)
    try:
        return world.wait(limit + 30)
    except KeyboardInterrupt:
        return 130
    except subprocess.TimeoutExpired:
        print("it did not end in time, and was ended", file=sys.stderr)
        return 1
    finally:
        os.close(writing)
        try:
            world.wait(5)
        except subprocess.TimeoutExpired:
            world.kill()
            world.wait()


def settle(limit):
    """Makes this process at home in the new world: reaps what is orphaned, ends in time, and keeps its files in memory.

    Raises TimeoutError in the main thread when so many seconds have passed.
    """
    reap_orphans()
    # Read by nobody else: machines and clients don't inherit it.
    descriptor = int(os.environ[INSIDE])
    os.set_inheritable(descriptor, False)
    threading.Thread(target=end_with_the_outside, args=(descriptor,), daemon=True).start()

    def too_late(*_):
        raise TimeoutError(f"it took longer than {limit} s")

    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(limit)
    for folder in ["/run", "/dev/shm"]:
        run("mount", "-t", "tmpfs", "-o", "mode=1777" if folder == "/dev/shm" else "mode=0755", "none", folder)
    ROOT.mkdir()
    run("ip", "link", "set", "lo", "up")


def reap_orphans():
    """Leaves the first process behind to reap: a machine's dead processes must be gone, not zombies that look alive."""
    child = os.fork()
    if child == 0:
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            ended, status = os.wait()
        except InterruptedError:
            continue
        if ended == child:
            os._exit(os.waitstatus_to_exitcode(status) % 256)


def end_with_the_outside(descriptor):
    """Ends the world when the process outside is gone."""
    while os.read(descriptor, 1):
        pass
    os._exit(1)


def run(*command, **options):
    """Runs a command that must succeed, and gives what it printed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class User:
    """Whom the servers run as: PostgreSQL refuses to be root."""

    def __init__(self):
        # Where root is only root of a user namespace, there is no other user in it: a namespace below names us another.
        self.nested = len(Path("/proc/self/uid_map").read_text().splitlines()) == 1 and " 4294967295\n" not in Path(
            "/proc/self/uid_map"
        ).read_text()
        self.name = "nobody" if self.nested else "postgres"
        self.uid = 65534 if self.nested else pwd.getpwnam("postgres").pw_uid
        self.gid = 65534 if self.nested else grp.getgrnam("postgres").gr_gid

    def command(self):
        """What stands before a command to run it as this user."""
        if self.nested:
            return ["unshare", "--user", f"--map-user={self.uid}", f"--map-group={self.gid}"]
        return ["setpriv", f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups"]

    def own(self, path):
        """Gives it a file or a folder."""
        if not self.nested:
            os.chown(path, self.uid, self.gid)
