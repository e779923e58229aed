"""A machine of the cluster: etcd, Patroni and PostgreSQL in a network namespace."""

import functools
import json
import os
import signal
import subprocess
from pathlib import Path

from harness import network
from harness.network import BACK, FRONT
from harness.world import ROOT, postgres_programs, run

# Seconds. Patroni asks for loop_wait + 2 * retry_timeout <= ttl: a leader that can't reach etcd has stepped down before its key
# is gone. The defaults are 30, 10 and 10.
TIMES = {"ttl": 10, "loop_wait": 2, "retry_timeout": 4}
# Of the servers among themselves; nobody else reaches this network.
PASSWORD = "of-this-run-only"

ETCD, PATRONI, POSTGRES = "etcd", "patroni", "postgres"


class Machine:
    """One machine. Its processes are known by its network namespace, whoever started them."""

    def __init__(self, number, numbers, user, in_step):
        self.number, self.name, self.user = number, f"m{number}", user
        self.numbers, self.in_step = numbers, in_step
        self.folder = ROOT / self.name
        self.namespace = os.stat(f"/run/netns/{self.name}").st_ino
        self.folder.mkdir()
        user.own(self.folder)
        certify(self)

    def start(self, program):
        """Starts etcd, or Patroni and by it PostgreSQL."""
        command = self.etcd_command() if program == ETCD else ["patroni", str(self.configure_patroni())]
        with open(self.folder / f"{program}.log", "ab") as log:
            subprocess.Popen(
                ["nsenter", f"--net=/run/netns/{self.name}", *self.user.command(), *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8"},
            )

    def processes(self, *programs):
        """The living processes of some programs, in the order of their ids: a postmaster before its children."""
        found = []
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                if os.stat(folder / "ns/net").st_ino != self.namespace or "State:\tZ" in (folder / "status").read_text():
                    continue
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if any(is_program(words, program) for program in programs):
                found.append(int(folder.name))
        return sorted(found)

    def signal(self, which, *programs):
        """Sends every process of some programs a signal; again, until none came into being meanwhile."""
        done = set()
        while fresh := [pid for pid in self.processes(*programs) if pid not in done]:
            for pid in fresh:
                done.add(pid)
                try:
                    os.kill(pid, which)
                except ProcessLookupError:
                    pass

    def kill(self, *programs):
        """Ends programs as a crash does."""
        self.signal(signal.SIGKILL, *programs)

    def etcd_command(self):
        """How etcd is started here."""
        peers = ",".join(f"m{number}=http://{network.address(BACK, number)}:2380" for number in self.numbers)
        here = network.address(BACK, self.number)
        return [
            *["etcd", "--name", self.name, "--data-dir", str(self.folder / "etcd"), "--initial-cluster", peers],
            *["--listen-peer-urls", f"http://{here}:2380", "--initial-advertise-peer-urls", f"http://{here}:2380"],
            *["--listen-client-urls", f"http://{here}:2379", "--advertise-client-urls", f"http://{here}:2379"],
            *["--initial-cluster-state", "new", "--logger", "zap", "--log-level", "warn"],
            *([] if takes_etcd_3() else ["--enable-v2"]),
        ]

    def configure_patroni(self):
        """Writes Patroni's file (JSON is YAML), and gives its path."""
        here = network.address(BACK, self.number)
        settings = {
            "scope": "creditop",
            "name": self.name,
            "restapi": {"listen": f"{here}:8008", "connect_address": f"{here}:8008"},
            "etcd3" if takes_etcd_3() else "etcd": {"hosts": [f"{network.address(BACK, number)}:2379" for number in self.numbers]},
            "bootstrap": {"dcs": cluster_settings(self.in_step), "initdb": [{"encoding": "UTF8"}, "data-checksums"]},
            "postgresql": self.postgres_settings(here),
        }
        path = self.folder / "patroni.yml"
        path.write_text(json.dumps(settings, indent=1))
        return path

    def postgres_settings(self, here):
        """The part of Patroni's file that is this machine's PostgreSQL."""
        return {
            "listen": f"{here},{network.address(FRONT, self.number)}:5432",
            "connect_address": f"{here}:5432",
            "use_unix_socket": True,
            "data_dir": str(self.folder / "data"),
            "bin_dir": str(postgres_programs()),
            "pgpass": str(self.folder / "pgpass"),
            "remove_data_directory_on_rewind_failure": True,
            "remove_data_directory_on_diverged_timelines": True,
            "authentication": {
                "superuser": {"username": "postgres", "password": PASSWORD},
                "replication": {"username": "replicator", "password": PASSWORD},
                "rewind": {"username": "rewinder", "password": PASSWORD},
            },
            "parameters": {
                "unix_socket_directories": str(self.folder),
                "ssl": "on",
                "ssl_cert_file": str(self.folder / "server.crt"),
                "ssl_key_file": str(self.folder / "server.key"),
            },
            "pg_hba": [
                "local all postgres trust",
                "hostssl credits all 10.77.1.0/24 scram-sha-256",
                "host all all 10.77.2.0/24 scram-sha-256",
                "host replication replicator 10.77.2.0/24 scram-sha-256",
            ],
        }


def cluster_settings(in_step):
    """What Patroni keeps in etcd for all machines; in step: a leader acknowledges nothing that a standby doesn't have."""
    return {
        **TIMES,
        "synchronous_mode": in_step,
        # Also while there is no standby: then it waits for one.
        "synchronous_mode_strict": in_step,
        # A leader that crashed is not waited for.
        "primary_start_timeout": 0,
        "postgresql": {
            "use_pg_rewind": True,
            "parameters": {
                "max_connections": 60,
                "shared_buffers": "32MB",
                "wal_keep_size": "256MB",
                "wal_sender_timeout": "5s",
                "wal_receiver_timeout": "5s",
                "log_line_prefix": "%m [%p] %u ",
            },
        },
    }


@functools.cache
def takes_etcd_3():
    """Whether Patroni can be trusted with etcd's present protocol.

    Before 3.0.3 a leader that slept through the end of its lease overwrites the next leader's key when it wakes
    (patroni/patroni#2689), and what was acknowledged meanwhile is gone: no client can make up for that. With the older protocol
    those versions compare first.
    """
    version = run("patroni", "--version").split()[-1]
    return tuple(int(part) for part in version.split(".")[:3]) >= (3, 0, 3)


def is_program(words, program):
    """Whether a command line is of a program; a script's interpreter comes before its name."""
    names = [os.path.basename(word.decode(errors="replace")) for word in words[:2]]
    if program == POSTGRES:
        return names[0].startswith(POSTGRES)
    return program in names


def make_authority():
    """Makes the authority of this run, which clients trust."""
    run(
        *["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
        *["-subj", "/CN=authority of this run", "-keyout", str(ROOT / "ca.key"), "-out", str(ROOT / "ca.crt")],
    )


def certify(machine):
    """Gives a machine a certificate for its address on the front network."""
    key, request, certificate = (machine.folder / f"server.{ending}" for ending in ["key", "csr", "crt"])
    names = machine.folder / "names"
    names.write_text(f"subjectAltName=IP:{network.address(FRONT, machine.number)}\n")
    run(
        *["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
        *["-subj", f"/CN={machine.name}", "-keyout", str(key), "-out", str(request)],
    )
    run(
        *["openssl", "x509", "-req", "-days", "2", "-in", str(request), "-extfile", str(names), "-out", str(certificate)],
        *["-CA", str(ROOT / "ca.crt"), "-CAkey", str(ROOT / "ca.key"), "-CAcreateserial"],
    )
    os.chmod(key, 0o600)
    for path in [key, certificate]:
        machine.user.own(path)
