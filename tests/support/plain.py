"""Plain sockets on one host, a verb each: what a service answers, told without any program of the project or its own.

`plain.py VERB WORDS…`; the verbs are the functions below, and their arguments are the words.
"""

import ipaddress
import os
import socket
import struct
import sys
import time

TYPES = {"A": 1, "PTR": 12, "AAAA": 28}
PATIENCE_S = 3


def family(address: str) -> socket.AddressFamily:
    """Of an address."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def named(name: str) -> bytes:
    """A name as DNS writes it."""
    return b"".join(bytes([len(part)]) + part.encode() for part in name.rstrip(".").split(".")) + b"\0"


def dns(server: str, name: str, kind: str) -> None:
    """Print each answer of a type; `none` where there is none, and what the server says of it."""
    query = struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + named(name) + struct.pack("!2H", TYPES[kind], 1)
    with socket.socket(family(server), socket.SOCK_DGRAM) as asking:
        asking.settimeout(PATIENCE_S)
        asking.connect((server, 53))
        asking.send(query)
        said = asking.recv(4096)
    found, at = [], len(query)
    for _answer in range(struct.unpack("!H", said[6:8])[0]):
        at = skipped(said, at)
        got, _class, _ttl, length = struct.unpack("!2HIH", said[at : at + 10])
        data, at = said[at + 10 : at + 10 + length], at + 10 + length
        if got == TYPES[kind]:
            found.append(spelt(said, at - length) if kind == "PTR" else str(ipaddress.ip_address(data)))
    print(*(found or [f"none {said[3] & 15}"]))


def skipped(said: bytes, at: int) -> int:
    """Behind a name."""
    while said[at]:
        if said[at] >= 192:
            return at + 2
        at += said[at] + 1
    return at + 1


def spelt(said: bytes, at: int) -> str:
    """A name, its shortenings followed."""
    parts = []
    while said[at]:
        if said[at] >= 192:
            at = struct.unpack("!H", said[at : at + 2])[0] & 0x3FFF
            continue
        parts.append(said[at + 1 : at + 1 + said[at]].decode())
        at += said[at] + 1
    return ".".join(parts)


def resolver(address: str) -> None:
    """Answer every question for an IPv4 address with this one, and every other with nothing, for ever."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as held:
        held.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        held.bind(("::", 53))
        print("ready", flush=True)
        while True:
            asked, who = held.recvfrom(4096)
            end = skipped(asked, 12) + 4
            is_a = struct.unpack("!H", asked[end - 4 : end - 2])[0] == TYPES["A"]
            head = asked[:2] + struct.pack("!5H", 0x8580, 1, int(is_a), 0, 0)
            answer = b"\xc0\x0c" + struct.pack("!2HIH", 1, 1, 5, 4) + socket.inet_aton(address) if is_a else b""
            held.sendto(head + asked[12:end] + answer, who)


def ntp(server: str) -> None:
    """Print the mode and stratum of an answer."""
    with socket.socket(family(server), socket.SOCK_DGRAM) as asking:
        asking.settimeout(PATIENCE_S)
        asking.connect((server, 123))
        asking.send(b"\x23" + bytes(47))
        said = asking.recv(256)
    print(said[0] & 7, said[1])


def lease(interface: str) -> None:
    """Print the address that a DHCPv6 server offers."""
    index = socket.if_nametoindex(interface)
    identity = struct.pack("!2H", 1, 10) + struct.pack("!2H6s", 3, 1, os.urandom(6))
    wanted = struct.pack("!2H3I", 3, 12, 1, 0, 0)
    solicit = b"\x01" + os.urandom(3) + identity + wanted + struct.pack("!2HH", 8, 2, 0)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as asking:
        asking.settimeout(PATIENCE_S)
        asking.bind(("::", 546, 0, index))
        asking.sendto(solicit, ("ff02::1:2", 547, 0, index))
        said = asking.recv(2048)
    at, mark = 4, b""
    while at + 4 <= len(said):
        code, length = struct.unpack("!2H", said[at : at + 4])
        mark = said[at + 4 : at + 4 + length] if code == 3 else mark
        at += 4 + length
    print(said[0], ipaddress.IPv6Address(mark[16:32]))


def advertise(interface: str) -> None:
    """Send a router advertisement that nobody declared: a way out over this host."""
    index = socket.if_nametoindex(interface)
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as sending:
        sending.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        sending.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        sending.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0), ("ff02::1", 0, 0, index))


def forge(source: str, target: str) -> None:
    """Send an IPv6 datagram from an address that is not ours."""
    body = struct.pack("!4H", 4000, 443, 12, 0) + b"fake"
    pseudo = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, target)
    total = sum(struct.unpack(f"!{(len(pseudo) + 8 + 12) // 2}H", pseudo + struct.pack("!2I", 12, 17) + body))
    total = (total & 0xFFFF) + (total >> 16)
    body = body[:6] + struct.pack("!H", ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF) + body[8:]
    head = struct.pack("!IHBB", 6 << 28, len(body), 17, 64) + pseudo
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW) as sending:
        sending.sendto(head + body, (target, 0))


def peer(port: str) -> None:
    """Print who connects, one line each, for ever."""
    with socket.create_server(("::", int(port)), family=socket.AF_INET6, dualstack_ipv6=True) as held:
        print("ready", flush=True)
        while True:
            asked, who = held.accept()
            with asked:
                asked.sendall(b"!")
                print(str(who[0]).removeprefix("::ffff:"), flush=True)


def dial(target: str, port: str, source: str = "") -> None:
    """Connect, and print what is said first."""
    with socket.create_connection((target, int(port)), PATIENCE_S, (source, 0) if source else None) as asking:
        print(asking.recv(1).decode())


def serve(port: str) -> None:
    """Send without end to who connects, for ever."""
    with socket.create_server(("::", int(port)), family=socket.AF_INET6, dualstack_ipv6=True) as held:
        print("ready", flush=True)
        while True:
            asked, _who = held.accept()
            with asked:
                try:
                    while True:
                        asked.sendall(bytes(65536))
                except OSError:
                    continue


def fetch(target: str, port: str, size: str, source: str) -> None:
    """Print the megabits a second at which so many bytes come, once the connection has warmed up."""
    with socket.create_connection((target, int(port)), 30, (source, 0)) as asking:
        warm = 0
        while warm < 262144:
            warm += len(asking.recv(65536))
        began, got = time.monotonic(), 0
        while got < int(size):
            got += len(asking.recv(65536))
        print(round(got * 8 / (time.monotonic() - began) / 1e6, 2))


def proxy(server: str, port: str, name: str) -> None:
    """Print what a proxy says to a connection to a name's port 443."""
    with socket.create_connection((server, int(port)), 10) as asking:
        asking.sendall(f"CONNECT {name}:443 HTTP/1.0\r\n\r\n".encode())
        print(asking.recv(64).decode().split()[1])


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
