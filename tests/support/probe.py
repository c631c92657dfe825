"""Plain sockets on one host: `probe.py listen` answers on the ports of stdin, `probe.py ask` tries its targets.

Both read JSON on stdin. `listen` says `ready` and answers until its stdin ends; `ask` prints the places in the
list of the targets that answered. It imports nothing of the project, so that it can tell what the project cannot.
"""

import json
import os
import select
import socket
import struct
import sys
import time

PATIENCE_S = 1.5
ECHO = {4: (socket.AF_INET, socket.IPPROTO_ICMP, 8, 0), 6: (socket.AF_INET6, socket.IPPROTO_ICMPV6, 128, 129)}


def listen(ports: dict[str, list[int]]) -> None:
    """Answer every connection and every datagram with one byte."""
    poll, sockets = select.epoll(), {}
    for name, kind in (("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM)):
        for port in ports[name]:
            held = socket.socket(socket.AF_INET6, kind)
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            held.bind(("::", port))
            if kind is socket.SOCK_STREAM:
                held.listen(64)
            sockets[held.fileno()] = held
            poll.register(held, select.EPOLLIN)
    poll.register(sys.stdin, select.EPOLLIN | select.EPOLLHUP)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        for number, _event in poll.poll():
            if number not in sockets:
                return
            answer(sockets[number])


def answer(held: socket.socket) -> None:
    """Send one byte to whoever asked."""
    if held.type == socket.SOCK_DGRAM:
        _said, who = held.recvfrom(64)
        held.sendto(b"!", who)
        return
    asked, _who = held.accept()
    with asked:
        asked.send(b"!")


def ask(targets: list[tuple[str, str, int]]) -> list[int]:
    """Try `(protocol, address, port)` all at once; gives the places of those that answered."""
    poll, waiting, reached = select.epoll(), {}, []
    for place, (protocol, address, port) in enumerate(targets):
        version = 6 if ":" in address else 4
        try:
            asked = echo(version, address, place) if protocol == "icmp" else connect(protocol, version, address, port)
        except OSError:  # no route: it does not answer
            continue
        waiting[asked.fileno()] = (place, asked)
        poll.register(asked, select.EPOLLIN | select.EPOLLERR)
    end = time.monotonic() + PATIENCE_S
    while waiting and (left := end - time.monotonic()) > 0:
        for number, _event in poll.poll(left):
            place, asked = waiting[number]
            heard = said(asked, place)
            if heard is None:
                continue
            reached += [place] if heard else []
            poll.unregister(number)
            del waiting[number]
    return sorted(reached)


def connect(protocol: str, version: int, address: str, port: int) -> socket.socket:
    """A socket under way to a port; a datagram is sent at once."""
    family = socket.AF_INET6 if version == 6 else socket.AF_INET
    asked = socket.socket(family, socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM)
    asked.setblocking(False)  # noqa: FBT003 - the standard library's signature
    if protocol == "udp":
        asked.connect((address, port))
        asked.send(b"?")
    else:
        asked.connect_ex((address, port))
    return asked


def echo(version: int, address: str, place: int) -> socket.socket:
    """An echo request under way; the kernel writes the checksum of ICMPv6, not of ICMP."""
    family, protocol, kind, _reply = ECHO[version]
    asked = socket.socket(family, socket.SOCK_RAW, protocol)
    asked.setblocking(False)  # noqa: FBT003 - the standard library's signature
    asked.connect((address, 0))
    head = struct.pack("!BBHHH", kind, 0, 0, os.getpid() & 0xFFFF, place)
    total = sum(struct.unpack("!4H", head))
    total = (total >> 16) + (total & 0xFFFF)
    asked.send(head[:2] + struct.pack("!H", ~total & 0xFFFF) + head[4:] if version == 4 else head)
    return asked


def said(asked: socket.socket, place: int) -> bool | None:
    """Whether an answer came; `None` for a packet that is no answer."""
    try:
        packet = asked.recv(2048)
    except OSError:
        return False
    if asked.type != socket.SOCK_RAW:
        return bool(packet)
    version = 4 if asked.family == socket.AF_INET else 6
    if version == 4:
        packet = packet[(packet[0] & 15) * 4 :]
    number, sequence = struct.unpack("!HH", packet[4:8])
    if packet[0] != ECHO[version][3] or (number, sequence) != (os.getpid() & 0xFFFF, place):
        return None
    return True


if __name__ == "__main__":
    wanted = json.loads(sys.stdin.readline())
    if sys.argv[1] == "listen":
        listen(wanted)
    else:
        sys.stdout.write(json.dumps(ask(wanted)))
