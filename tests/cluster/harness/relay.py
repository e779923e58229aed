"""A link with a delay: passes bytes on to a server so much later, and counts how often a client waited for an answer."""

import queue
import socket
import threading
import time

# The client's farewell, which waits for nothing: a message X without a body.
FAREWELL = b"X\x00\x00\x00\x04"


class Relay:
    """Listens on a port of this machine and passes everything on to a socket, each way after half of the delay.

    It is a long line and not a slow one: bytes that are sent one after another are on their way together. A round trip is counted
    where the client speaks after the server has spoken: whatever it says in one breath costs the delay once.
    """

    def __init__(self, path, delay):
        self.path, self.half = str(path), delay / 2
        self.trips = self.connections = self.carried = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        start(self.accept)

    def accept(self):
        """Takes connections, for as long as the process lives. The handshake of each is a round trip as well."""
        while True:
            client, _ = self.listener.accept()
            self.connections += 1
            self.trips += 1
            start(self.connect, client)

    def connect(self, client):
        """Carries one connection, both ways."""
        time.sleep(2 * self.half)
        server = socket.socket(socket.AF_UNIX)
        server.connect(self.path)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        turn = {"server_spoke": True}
        start(self.carry, client, server, turn, True)
        start(self.carry, server, client, turn, False)

    def carry(self, source, target, turn, from_client):
        """Carries one direction until it ends."""
        line = queue.SimpleQueue()
        start(self.deliver, line, target)
        data = b"begin"
        while data:
            try:
                data = source.recv(1 << 18)
            except OSError:
                data = b""
            if data:
                self.trips += from_client and turn["server_spoke"] and data != FAREWELL
                turn["server_spoke"] = not from_client
                self.carried += len(data)
            line.put((time.monotonic() + self.half, data))

    @staticmethod
    def deliver(line, target):
        """Hands on what has been on its way for long enough."""
        while True:
            due, data = line.get()
            time.sleep(max(0, due - time.monotonic()))
            try:
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(data)
            except OSError:
                return

    def counted(self):
        """The round trips, connections and bytes since it was last asked."""
        counts = self.trips, self.connections, self.carried
        self.trips = self.connections = self.carried = 0
        return counts


def start(what, *arguments):
    """Runs something beside the rest, for as long as the process lives."""
    threading.Thread(target=what, args=arguments, daemon=True).start()
