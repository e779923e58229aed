"""A dashboard that stays open: creditop on a terminal of its own, of which the screen is read."""

import codecs
import os
import pty
import re
import threading
import time

ROWS, COLUMNS = 40, 120
# Control sequences, of which only those that place the cursor or clear are followed; else one character.
TOKEN = re.compile(r"\x1b\[([0-9;?<>=]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[^\[\]]|[^\x1b]", re.DOTALL)


class Screen:
    """What stands on a terminal."""

    def __init__(self):
        self.decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self.rest = ""
        self.row = self.column = 0
        self.clear()

    def clear(self):
        self.cells = [[" "] * COLUMNS for _ in range(ROWS)]

    def feed(self, data):
        """Draws what a program wrote."""
        text = self.rest + self.decoder.decode(data)
        at = 0
        while token := TOKEN.match(text, at):
            at = token.end()
            if token[2]:
                self.obey(token[1], token[2])
            elif not token[0].startswith("\x1b"):
                self.write(token[0])
        self.rest = text[at:]

    def obey(self, numbers, letter):
        """Follows a control sequence."""
        if letter == "H":
            row, _, column = numbers.partition(";")
            self.row, self.column = int(row or 1) - 1, int(column or 1) - 1
        elif letter == "J":
            self.clear()

    def write(self, character):
        """Puts a character where the cursor is."""
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row += 1
        elif self.row < ROWS and self.column < COLUMNS:
            self.cells[self.row][self.column] = character
            self.column += 1

    def text(self):
        """All lines, with digits that are grouped by spaces of any kind put together."""
        lines = "\n".join("".join(row).rstrip() for row in self.cells)
        return re.sub(r"(?<=\d)[^\S\n](?=\d{3}\b)", "", lines)


class Dashboard:
    """A dashboard that is open until it is closed."""

    def __init__(self, program, environment):
        self.screen, self.lock = Screen(), threading.Lock()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            command = f"stty rows {ROWS} columns {COLUMNS} && exec '{program}'"
            os.execve("/bin/sh", ["sh", "-c", command], {**environment, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"})
        self.ended = threading.Event()
        # (instant, what stands there since), as often as it was drawn.
        self.drawn = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        """Reads what it draws, until it ends."""
        while True:
            try:
                data = os.read(self.terminal, 1 << 16)
            except OSError:
                data = b""
            if not data:
                break
            with self.lock:
                self.screen.feed(data)
                self.drawn.append((time.monotonic(), self.screen.text()))
        self.ended.set()

    def text(self):
        """What it shows."""
        with self.lock:
            return self.screen.text()

    def said(self, words, begin, end):
        """For how many seconds of an interval words stood on the screen."""
        with self.lock:
            drawn = list(self.drawn)
        ends = [*(instant for instant, _ in drawn[1:]), end]
        return sum(max(0, min(until, end) - max(since, begin)) for (since, text), until in zip(drawn, ends) if words in text)

    def seconds_until(self, shows, limit):
        """How long it takes until its text is as asked for; None where it ends first or takes too long."""
        begin = time.monotonic()
        while not self.ended.is_set() and time.monotonic() < begin + limit:
            if shows(self.text()):
                return time.monotonic() - begin
            time.sleep(0.02)
        return None

    def close(self):
        """Has it end, as a person does. Gives its exit code."""
        os.write(self.terminal, b"q")
        self.ended.wait(10)
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.terminal)
        return code
