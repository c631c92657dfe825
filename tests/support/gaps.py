"""Plain sockets on one host: asks targets again and again until stdin ends, and tells each one's longest silence.

`gaps.py` reads one line of JSON: `{name: [protocol, address, port]}`; it says `ready` once each of them has answered,
and when its stdin ends prints `{name: [longest silence in seconds, answers]}`. It imports nothing of the project.
"""

import json
import socket
import sys
import threading
import time

PAUSE_S, PATIENCE_S = 0.02, 0.25


class Asked(threading.Thread):
    """One target."""

    def __init__(self, protocol: str, address: str, port: int) -> None:
        super().__init__(daemon=True)
        self.family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
        self.target = (address, port)
        self.answers, self.longest, self.last = 0, 0.0, 0.0
        self.ending = threading.Event()

    def run(self) -> None:
        """Ask until told to end; a silence that lasts until then counts."""
        while not self.ending.is_set():
            if self.answers_now():
                self.heard()
            time.sleep(PAUSE_S)
        self.longest = max(self.longest, time.monotonic() - self.last)

    def answers_now(self) -> bool:
        """One question."""
        try:
            with socket.socket(self.family, self.kind) as asking:
                asking.settimeout(PATIENCE_S)
                asking.connect(self.target)
                if self.kind == socket.SOCK_DGRAM:
                    asking.send(b"?")
                return bool(asking.recv(1))
        except OSError:
            return False

    def heard(self) -> None:
        """Note an answer."""
        now = time.monotonic()
        if self.answers:
            self.longest = max(self.longest, now - self.last)
        self.last, self.answers = now, self.answers + 1


def main() -> None:
    """Ask all targets at once."""
    asked = {name: Asked(*target) for name, target in json.loads(sys.stdin.readline()).items()}
    for each in asked.values():
        each.start()
    while not all(each.answers for each in asked.values()):
        time.sleep(PAUSE_S)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    for each in asked.values():
        each.ending.set()
    for each in asked.values():
        each.join()
    sys.stdout.write(json.dumps({name: [round(each.longest, 2), each.answers] for name, each in asked.items()}))


if __name__ == "__main__":
    main()
