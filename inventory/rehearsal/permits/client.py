"""Somebody who hands in permits all the time, over one address family, until `STOP` exists.

    python3 client.py HOST PORT FAMILY FOLDER

A permit that is not acknowledged is handed in again under its own key. Each acknowledgement is a line of
`FOLDER/acknowledged`: its key, and when it came in seconds of the clock that only goes forward.
"""

import http.client
import socket
import sys
import time
import uuid
from pathlib import Path

AFTER_FAILING_S = 0.05
PATIENCE_S = 3.0


def hand_in(host: str, port: int, family: int, key: str) -> bool:
    """Hand in one permit; whether it was acknowledged."""
    try:
        address = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)[0][4][0]
        connection = http.client.HTTPConnection(str(address), port, timeout=PATIENCE_S)
        connection.request("POST", "/permits", f"{key}\n{'x' * 200}")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False


def main(host: str, port: int, family: int, folder: Path) -> None:
    """Hand in until told to stop, and one more then."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "acknowledged").open("a", buffering=1) as kept:
        while True:
            is_last, key = (folder / "STOP").exists(), str(uuid.uuid4())
            while not hand_in(host, port, family, key):
                if (folder / "GIVE-UP").exists():
                    return
                time.sleep(AFTER_FAILING_S)
            kept.write(f"{key} {time.monotonic():.3f}\n")
            if is_last:
                return
            time.sleep(0.01)


if __name__ == "__main__":
    families = {"4": socket.AF_INET, "6": socket.AF_INET6}
    main(sys.argv[1], int(sys.argv[2]), families[sys.argv[3]], Path(sys.argv[4]))
