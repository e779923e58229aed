"""One PostgreSQL of its own, on a socket in a folder."""

import subprocess

from harness.cluster import wait_for
from harness.world import User, postgres_programs, run


class Server:
    """A server that nobody else reaches, for as long as the world lives. Whoever reaches the socket may do everything."""

    def __init__(self, folder):
        self.folder, self.user = folder, User()
        self.programs = postgres_programs()
        folder.mkdir()
        self.user.own(folder)
        self.as_user("initdb", "--auth=trust", "--username=recorder", "--encoding=UTF8", "--locale=C.UTF-8", "-D", str(folder / "data"))
        with open(folder / "postgres.log", "ab") as log:
            command = [str(self.programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder), "-c", "listen_addresses="]
            subprocess.Popen([*self.user.command(), *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder)
        wait_for("PostgreSQL", 30, self.answers)

    def as_user(self, program, *arguments):
        """Runs one of PostgreSQL's programs as the user that it runs as."""
        return run(*self.user.command(), str(self.programs / program), *arguments, cwd=self.folder)

    def answers(self):
        """Whether it takes connections."""
        try:
            return self.query("SELECT 1") == "1"
        except RuntimeError:
            return False

    def query(self, text, database="postgres"):
        """What it answers to a query."""
        options = ["-X", "-q", "-A", "-t", "-h", str(self.folder), "-U", "recorder"]
        return run(str(self.programs / "psql"), *options, "-d", database, "-c", text).strip()

    def socket(self):
        """The path of its socket."""
        return self.folder / ".s.PGSQL.5432"

    def url(self, database):
        """The address of a ledger on its socket."""
        return f"postgresql://recorder@/{database}?host={self.folder}"

    @staticmethod
    def url_over(relay, database):
        """The address of a ledger over a relay."""
        return f"postgresql://recorder@127.0.0.1:{relay.port}/{database}"
