"""What tables of sockets say: the kernel's own form and that of `ss`, IPv6 and mapped addresses, containers."""

import struct
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.flows.sightings import Endpoint
from collectors.flows.sockets import STATES, Socket, read_answer, read_proc, read_ss
from collectors.flows.sockets_script import SCRIPT, sections

V4 = st.integers(1, 2**32 - 1).map(IPv4Address)
V6 = st.integers(2**64, 2**128 - 1).map(IPv6Address)
PORTS = st.integers(1, 65535)
HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def kernel_hex(address: IPv4Address | IPv6Address, order: str) -> str:
    """As the kernel prints it: words of four octets as numbers of its own byte order."""
    words = [address.packed[at : at + 4] for at in range(0, len(address.packed), 4)]
    return "".join(f"{struct.unpack('<I' if order == 'little' else '>I', word)[0]:08X}" for word in words)


def kernel_row(local: Endpoint, peer: Endpoint, state: int, order: str) -> str:
    ends = " ".join(f"{kernel_hex(end.address, order)}:{end.port:04X}" for end in (local, peer))
    return f"   0: {ends} {state:02X} 00000000:00000000 00:00000000 00000000     0        0 1234 1 0 100 0 0 10 0\n"


@given(
    st.one_of(st.tuples(V4, V4), st.tuples(V6, V6)),
    st.tuples(PORTS, PORTS),
    st.sampled_from(sorted(STATES)),
    st.sampled_from(["little", "big"]),
)
def test_a_row_of_the_kernel_is_read_in_either_byte_order(
    addresses: tuple[IPv4Address | IPv6Address, IPv4Address | IPv6Address],
    ports: tuple[int, int],
    state: int,
    order: str,
) -> None:
    local, peer = (Endpoint(address, port) for address, port in zip(addresses, ports, strict=True))

    [found] = read_proc([HEADER, kernel_row(local, peer, state, order)], "tcp", order)

    assert found == Socket(protocol="tcp", state=STATES[state], local=local, peer=peer)


def test_a_mapped_address_is_the_ipv4_address() -> None:
    mapped = IPv6Address("::ffff:10.0.0.1")
    row = kernel_row(Endpoint(mapped, 80), Endpoint(IPv6Address("::ffff:10.0.0.2"), 40000), 1, "little")

    [found] = read_proc([row], "tcp", "little")
    [shown] = read_ss(["tcp ESTAB 0 0 [::ffff:10.0.0.1]:80 [::ffff:10.0.0.2]:40000"])

    assert (
        found
        == shown
        == Socket(
            protocol="tcp",
            state="ESTAB",
            local=Endpoint(IPv4Address("10.0.0.1"), 80),
            peer=Endpoint(IPv4Address("10.0.0.2"), 40000),
        )
    )


@pytest.mark.parametrize(
    ("line", "local", "peer"),
    [
        ("tcp   LISTEN 0      128    [::]:22           [::]:*    ", ("::", 22), None),
        ("tcp   LISTEN 0      128    *:9090            *:*       ", ("::", 9090), None),
        ("udp   UNCONN 0      0      127.0.0.53%lo:53  0.0.0.0:* ", ("127.0.0.53", 53), None),
        ("tcp   TIME-WAIT 0   0      10.0.0.1:55000    10.0.0.2:5432 ", ("10.0.0.1", 55000), ("10.0.0.2", 5432)),
        (
            "tcp   ESTAB  0      0      ::ffff:10.0.0.1:80   ::ffff:10.0.0.2:40000",
            ("10.0.0.1", 80),
            ("10.0.0.2", 40000),
        ),
        ("udp   ESTAB  0      0      [fe80::1%eth0]:546  [fe80::2%eth0]:547", ("fe80::1", 546), ("fe80::2", 547)),
    ],
)
def test_ss_of_every_age_is_read(line: str, local: tuple[str, int], peer: tuple[str, int] | None) -> None:
    [found] = read_ss([line])

    assert found.local == Endpoint(ip_address(local[0]), local[1])
    assert found.peer == (peer and Endpoint(ip_address(peer[0]), peer[1]))


def test_ss_tells_the_volume_of_a_connection_in_the_line_below_it() -> None:
    lines = [
        "tcp ESTAB 0 0 10.0.0.1:80 10.0.0.2:40000",
        "\t cubic wscale:7,7 bytes_sent:700 bytes_acked:701 bytes_received:300 segs_out:5",
        "tcp ESTAB 0 0 10.0.0.1:80 10.0.0.3:40000",
    ]

    assert [each.octets for each in read_ss(lines)] == [1000, None]


def told(*tables: tuple[str, str]) -> str:
    return "banner\n" + "".join(f"@@qianyun {name}\n{text}" for name, text in tables) + "@@qianyun end\n"


def test_a_container_in_a_network_of_its_own_is_a_space_and_one_in_the_hosts_is_not() -> None:
    trie = "        |-- 10.0.0.1\n           /32 host LOCAL\n"
    inner = trie.replace("10.0.0.1", "172.17.0.2")
    row = kernel_row(Endpoint(IPv4Address("172.17.0.2"), 80), Endpoint(IPv4Address("10.0.0.9"), 50000), 1, "little")
    output = told(
        ("own tcp", HEADER), ("own fib_trie", trie),
        ("77 tcp", HEADER + row), ("77 fib_trie", inner),
        ("88 tcp", HEADER), ("88 fib_trie", trie),
        ("99 tcp", ""), ("99 tcp6", ""),
    )  # fmt: skip

    answer = read_answer(output, "little")

    assert [space.name for space in answer.spaces] == ["own", "77"]
    assert len(answer.spaces[1].sockets) == 1
    assert answer.unread == 1


def test_ss_that_did_not_end_well_leaves_it_to_the_kernels_tables() -> None:
    row = kernel_row(Endpoint(IPv4Address("10.0.0.1"), 80), Endpoint(IPv4Address("10.0.0.9"), 50000), 6, "little")

    old = read_answer(told(("own ss", "tcp ESTAB 0 0 10.0.0.1:1 10.0.0.2:2\n"), ("own tcp", row)), "little")

    assert [each.state for each in old.spaces[0].sockets] == ["TIME-WAIT"]
    assert old.command.startswith("/proc")


@given(
    st.text(st.characters(codec="utf-8"), max_size=200),
    st.sampled_from(
        ["own ss", "own tcp", "own addresses", "own fib_trie", "own if_inet6", "own asker", "own ports", "7 udp6"]
    ),
)
def test_no_answer_however_spoilt_stops_the_reader(text: str, table: str) -> None:
    answer = read_answer(told((f"own {table}", text + "\n"), ("own ss-done", "")))

    assert answer.spaces[0].name == "own"


def test_the_script_writes_nothing() -> None:
    words = SCRIPT.replace("2>/dev/null", "").replace(">/dev/null 2>&1", "").replace("</dev/null", "")

    assert ">" not in words.replace("->", "").replace('$(NF-1)=="->"', "")
    assert list(sections("no mark at all")) == []
