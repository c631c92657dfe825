"""NetFlow, IPFIX and sFlow: what another's encoder writes is read back, real exporters' captures, spoilt datagrams."""

import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import flow_encoding as encoding
import pytest
from flow_encoding import Flow
from hypothesis import given
from hypothesis import strategies as st

from collectors.flows.captures import read_datagrams
from collectors.flows.direction import BEGAN, CAME_FIRST
from collectors.flows.exports import Exports
from collectors.flows.netflow5 import decode5
from collectors.flows.records import DatagramError, FlowRecord
from collectors.flows.sflow import decode_sflow
from collectors.flows.sightings import Edge, Endpoint
from collectors.flows.templated import MOST_SAMPLERS, MOST_SESSIONS, MOST_TEMPLATES, Sessions
from qianyun.errors import ReadError

RECORDINGS = Path(__file__).parent.parent.parent / "recordings" / "flows"
NOW, UPTIME = 1_760_000_000, 5_000_000
PORTS = st.integers(1, 65535)
V4 = st.integers(1, 2**32 - 1).map(IPv4Address)
V6 = st.integers(2**96, 2**128 - 1).map(IPv6Address)


@st.composite
def flows(draw: st.DrawFn, *versions: int) -> Flow:
    version = draw(st.sampled_from(versions))
    addresses: st.SearchStrategy[IPv4Address | IPv6Address] = V4 if version == 4 else V6
    start = draw(st.integers(0, UPTIME))
    return Flow(
        source=draw(addresses),
        target=draw(addresses),
        source_port=draw(PORTS),
        target_port=draw(PORTS),
        protocol=draw(st.sampled_from([6, 17])),
        octets=draw(st.integers(0, 2**32 - 1)),
        packets=draw(st.integers(0, 2**32 - 1)),
        flags=draw(st.integers(0, 255)),
        start_ms=start,
        end_ms=draw(st.integers(start, UPTIME)),
    )


def told(record: FlowRecord) -> tuple[object, ...]:
    ends = (record.source.address, record.source.port, record.target.address, record.target.port)
    return (record.protocol, *ends, record.octets, record.packets, record.flags)


def meant(flow: Flow, rate: int = 1) -> tuple[object, ...]:
    ends = (flow.source, flow.source_port, flow.target, flow.target_port)
    return (flow.protocol, *ends, flow.octets * rate, flow.packets * rate, flow.flags)


@given(st.lists(flows(4), min_size=1, max_size=30), st.integers(0, 0x3FFF))
def test_version_5_is_read_back_and_sampling_multiplied(given_flows: list[Flow], sampling: int) -> None:
    found = decode5(encoding.v5(given_flows, seconds=NOW, uptime_ms=UPTIME, sampling=0x4000 | sampling))

    assert [told(each) for each in found] == [meant(each, sampling or 1) for each in given_flows]
    assert [each.began for each in found] == pytest.approx([NOW - (UPTIME - f.start_ms) / 1000 for f in given_flows])


def test_a_clock_of_milliseconds_that_wrapped_is_followed() -> None:
    flow = Flow(
        source=ip_address("10.0.0.1"),
        target=ip_address("10.0.0.2"),
        source_port=1,
        target_port=2,
        protocol=6,
        octets=1,
        packets=1,
        start_ms=2**32 - 1000,
        end_ms=1000,
    )

    [found] = decode5(encoding.v5([flow], seconds=NOW, uptime_ms=2000))

    assert (found.began, found.ended) == (NOW - 3.0, NOW - 1.0)


@given(st.lists(flows(4, 6), max_size=20))
def test_version_9_is_read_back_by_its_templates(given_flows: list[Flow]) -> None:
    found = Sessions().decode("r", encoding.v9(given_flows, seconds=NOW, uptime_ms=UPTIME))

    assert sorted(map(str, map(told, found))) == sorted(str(meant(each)) for each in given_flows)
    assert {round(each.ended, 3) for each in found} == {round(NOW - (UPTIME - f.end_ms) / 1000, 3) for f in given_flows}


def test_data_before_its_template_waits_for_it_and_is_counted() -> None:
    flow = sample_flow()
    sessions = Sessions()

    before = sessions.decode("r", encoding.v9([flow], seconds=NOW, uptime_ms=0, with_templates=False))
    after = sessions.decode("r", encoding.v9([flow], seconds=NOW, uptime_ms=0))
    again = sessions.decode("r", encoding.v9([flow], seconds=NOW, uptime_ms=0, with_templates=False))

    assert (before, sessions.waiting, len(after), len(again)) == ((), 1, 1, 1)


def test_templates_are_of_their_exporter_and_domain_alone() -> None:
    sessions = Sessions()
    sessions.decode("r1", encoding.v9([], seconds=NOW, uptime_ms=0, domain=1))

    for exporter, domain in (("r2", 1), ("r1", 2)):
        data = encoding.v9([sample_flow()], seconds=NOW, uptime_ms=0, domain=domain, with_templates=False)
        assert sessions.decode(exporter, data) == ()


def test_a_sampler_that_options_tell_multiplies_what_follows() -> None:
    sessions = Sessions()

    sessions.decode("r", encoding.sampler_v9(100))
    [found] = sessions.decode("r", encoding.v9([sample_flow()], seconds=NOW, uptime_ms=0))

    assert (found.rate, found.octets) == (100, 100 * sample_flow().octets)


@given(st.lists(flows(4, 6), min_size=1, max_size=10), st.binary(max_size=400), st.booleans())
def test_ipfix_is_read_back_past_enterprise_fields_and_fields_of_any_length(
    given_flows: list[Flow],
    name: bytes,
    long: bool,  # noqa: FBT001 - drawn
) -> None:
    found = Sessions().decode("r", encoding.ipfix(given_flows, seconds=NOW, name=name, long=long))

    assert [told(each) for each in found] == [meant(each) for each in given_flows]
    assert [each.began for each in found] == pytest.approx([each.start_ms / 1000 for each in given_flows])


def test_an_ipfix_template_that_is_withdrawn_is_known_no_more() -> None:
    sessions = Sessions()
    message = encoding.ipfix([sample_flow()], seconds=NOW)
    sessions.decode("r", message)

    withdrawal = struct.pack(">HHIII", 10, 24, NOW, 1, 1) + struct.pack(">HHHH", 2, 8, 500, 0)
    sessions.decode("r", withdrawal)

    assert 500 not in sessions.of("r", 10, 1).templates


def test_translation_in_ipfix_gives_the_real_server_and_the_shown_client() -> None:
    fields = ((8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (225, 4), (226, 4), (227, 2), (228, 2))
    template = struct.pack(">HH", 600, len(fields)) + b"".join(struct.pack(">HH", *field) for field in fields)
    ends = b"".join(IPv4Address(text).packed for text in ("10.0.0.1", "10.0.0.100"))
    after = b"".join(IPv4Address(text).packed for text in ("10.1.0.254", "10.1.0.7"))
    row = ends + struct.pack(">HHB", 50000, 80, 6) + after + struct.pack(">HH", 61000, 8080)
    body = b"".join(struct.pack(">HH", n, 4 + len(part)) + part for n, part in ((2, template), (600, row)))
    exports = Exports()

    exports.take("r", "r", struct.pack(">HHIII", 10, 16 + len(body), NOW, 1, 1) + body, NOW)
    exports.settle()

    member, vip = Endpoint(ip_address("10.1.0.7"), 8080), Endpoint(ip_address("10.0.0.100"), 80)
    assert list(exports.tallies["ipfix@r"].counts) == [Edge("tcp", ip_address("10.0.0.1"), member.address, 8080)]
    assert exports.translations.pools == {("tcp", vip): {member}}
    assert exports.translations.masks == {("tcp", ip_address("10.1.0.254"), member): {ip_address("10.0.0.1")}}


@given(
    st.lists(flows(4, 6), min_size=1, max_size=6),
    st.integers(1, 4096),
    st.lists(st.integers(1, 4094), max_size=2),
    st.booleans(),
)
def test_sflow_is_read_back_through_vlan_tags_and_extension_headers(
    given_flows: list[Flow],
    rate: int,
    tags: list[int],
    expanded: bool,  # noqa: FBT001 - drawn
) -> None:
    found = decode_sflow(encoding.sflow(given_flows, rate=rate, tags=tags, expanded=expanded), NOW)

    one_each = [replace(each, packets=1, flags=each.flags if each.protocol == 6 else 0) for each in given_flows]
    assert [told(each) for each in found] == [meant(each, rate) for each in one_each]


@given(flows(4, 6), st.integers(0, 60))
def test_a_sampled_header_that_is_cut_off_gives_nothing_or_the_truth(flow: Flow, cut: int) -> None:
    found = decode_sflow(encoding.sflow([flow], rate=1, cut=cut), NOW)

    assert [(each.source, each.target) for each in found] in (
        [],
        [(Endpoint(flow.source, flow.source_port), Endpoint(flow.target, flow.target_port))],
    )


def sample_flow(**other: object) -> Flow:
    base = Flow(
        source=ip_address("10.0.0.1"),
        target=ip_address("10.0.0.2"),
        source_port=50000,
        target_port=8080,
        protocol=6,
        octets=1000,
        packets=10,
        flags=0x1B,
    )
    return replace(base, **other)  # type: ignore[arg-type]  # fields of Flow


def turned(flow: Flow, **other: object) -> Flow:
    ends = {
        "source": flow.target,
        "target": flow.source,
        "source_port": flow.target_port,
        "target_port": flow.source_port,
    }
    return replace(flow, **{**ends, **other})  # type: ignore[arg-type]  # fields of Flow


def edges(*given_flows: Flow, rate: int = 0, services: dict[tuple[str, Endpoint], float] | None = None) -> Exports:
    exports = Exports(services or {})
    exports.take("r", "r", encoding.v5(given_flows, seconds=NOW, uptime_ms=UPTIME, sampling=rate), NOW)
    exports.settle()
    return exports


def only(exports: Exports) -> tuple[Edge, float, bool, int]:
    [(edge, count)] = exports.tallies["netflow@r"].counts.items()
    return edge, count.certainty, count.is_answered, count.connections


FORTH = Edge("tcp", ip_address("10.0.0.1"), ip_address("10.0.0.2"), 8080)


def test_both_directions_are_one_connection_and_the_end_that_came_first_asked() -> None:
    asks = sample_flow(source_port=3000, start_ms=1000, end_ms=2000)
    answers = turned(asks, start_ms=1005, end_ms=2000)

    assert only(edges(answers, asks)) == (FORTH, CAME_FIRST, True, 1)


def test_a_connection_that_is_exported_twice_counts_once() -> None:
    assert only(edges(sample_flow(), sample_flow(start_ms=10, end_ms=20)))[3] == 1


def test_a_syn_alone_tells_who_asked_and_that_nobody_answered() -> None:
    edge, certainty, is_answered, _count = only(edges(sample_flow(flags=2, target_port=60000)))

    assert (edge.port, certainty, is_answered) == (60000, BEGAN, False)


def test_a_refusal_is_no_answer() -> None:
    asks = sample_flow(flags=2)

    assert not only(edges(asks, turned(asks, flags=0x14)))[2]


def test_who_is_known_to_listen_serves_whatever_the_ports_look_like() -> None:
    flow = sample_flow(source_port=40000, target_port=61616)
    known = {("tcp", Endpoint(flow.source, 40000)): 0.99}

    edge, certainty, _answered, _count = only(edges(flow, services=known))

    assert (edge.server, edge.port, certainty) == (flow.source, 40000, 0.99)


def test_where_many_meet_is_the_service() -> None:
    many = [sample_flow(source=IPv4Address(f"10.0.1.{n}"), source_port=40000 + n, target_port=50070) for n in range(4)]

    found = edges(*many).tallies["netflow@r"].counts

    assert {edge.port for edge in found} == {50070}


def test_a_clock_that_is_far_off_is_not_believed() -> None:
    exports = Exports()
    exports.take("r", "r", encoding.ipfix([sample_flow(start_ms=5, end_ms=9 * 10**17)], seconds=NOW), NOW)
    exports.settle()

    [count] = exports.tallies["ipfix@r"].counts.values()
    assert (count.first, count.last) == (NOW, NOW)


EDGES = {
    Edge("tcp", ip_address("10.71.0.1"), ip_address("10.71.0.2"), 8080),
    Edge("udp", ip_address("10.71.0.1"), ip_address("10.71.0.2"), 5353),
    Edge("tcp", ip_address("2001:db8:71::1"), ip_address("2001:db8:71::2"), 8443),
}
"""What was really connected when the captures were taken: each five times."""


@pytest.mark.parametrize(
    ("name", "observer"),
    [
        ("softflowd-v5", "netflow"),
        ("softflowd-v9", "netflow"),
        ("softflowd-ipfix", "ipfix"),
        ("pmacct-v5", "netflow"),
        ("pmacct-v9", "netflow"),
        ("pmacct-ipfix", "ipfix"),
        ("pmacct-sflow", "sflow"),
    ],
)
def test_what_real_exporters_told_is_what_was_really_connected(name: str, observer: str) -> None:
    exports = Exports()

    for each in read_datagrams(RECORDINGS / f"{name}.pcap"):
        exports.take(each.exporter, each.exporter, each.octets, each.at)
    exports.settle()

    counts = exports.tallies[f"{observer}@127.0.0.1"].counts
    expected = {edge for edge in EDGES if "v5" not in name or edge.client.version == 4}
    assert exports.faults == {}
    assert {edge: count.connections for edge, count in counts.items()} == dict.fromkeys(expected, 5)
    assert all(count.is_answered for count in counts.values())


Write = Callable[[Sequence[tuple[float, bytes]]], bytes]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("write", [encoding.pcap, encoding.pcapng])
def test_captures_give_their_datagrams_with_time_and_exporter(
    write: Callable[..., bytes], order: str, tmp_path: Path
) -> None:
    path = tmp_path / "capture"
    path.write_bytes(write([(NOW + 0.25, b"one"), (NOW + 1.5, b"another")], order=order))

    found = list(read_datagrams(path))

    assert [(each.exporter, each.octets) for each in found] == [("192.0.2.1", b"one"), ("192.0.2.1", b"another")]
    assert [each.at for each in found] == pytest.approx([NOW + 0.25, NOW + 1.5])


def test_datagrams_one_after_another_are_told_apart_by_what_they_say_of_themselves(tmp_path: Path) -> None:
    flow = sample_flow()
    parts = [
        encoding.v5([flow], seconds=NOW, uptime_ms=0),
        encoding.v9([flow], seconds=NOW, uptime_ms=0),
        encoding.v9([flow, flow], seconds=NOW, uptime_ms=0, with_templates=False),
        encoding.ipfix([flow], seconds=NOW),
    ]
    path = tmp_path / "raw"
    path.write_bytes(b"".join(parts))

    found = list(read_datagrams(path))

    assert [each.octets for each in found] == parts
    assert {each.at for each in found} == {NOW}


def test_a_file_that_is_nothing_of_the_kind_is_told_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(b"a letter, not a datagram")

    with pytest.raises(ReadError, match=r"letter\.txt: is broken from octet 0 on"):
        list(read_datagrams(path))


SEEDS = (
    encoding.v5([sample_flow()], seconds=NOW, uptime_ms=UPTIME),
    encoding.v9([sample_flow(), turned(sample_flow())], seconds=NOW, uptime_ms=UPTIME),
    encoding.sampler_v9(10),
    encoding.ipfix([sample_flow()], seconds=NOW, name=b"name"),
    encoding.sflow([sample_flow()], rate=8, tags=[7]),
    encoding.sflow([sample_flow()], rate=8, expanded=True),
)


@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=8),
    st.integers(0, 300),
)
def test_a_spoilt_datagram_is_refused_or_read_and_never_more(
    seed: bytes, edits: list[tuple[int, int]], cut: int
) -> None:
    octets = bytearray(seed)
    for at, value in edits:
        octets[at % len(octets)] = value
    exports = Exports()

    exports.take("r", "r", bytes(octets[: max(2, len(octets) - cut)]), NOW)
    exports.settle()

    assert exports.datagrams == 1


@pytest.mark.parametrize("count", [0, 2, 31])
def test_a_count_that_does_not_fit_the_length_is_refused(count: int) -> None:
    spoilt = bytearray(encoding.v5([sample_flow()], seconds=NOW, uptime_ms=0))
    spoilt[2:4] = count.to_bytes(2)

    with pytest.raises(DatagramError):
        decode5(bytes(spoilt))


def test_a_template_of_records_without_octets_would_never_end_and_is_refused() -> None:
    body = struct.pack(">HHHHHH", 0, 12, 300, 1, 8, 0)

    with pytest.raises(DatagramError, match="without octets"):
        Sessions().decode("r", struct.pack(">HHIIII", 9, 1, 0, NOW, 1, 1) + body)


def test_what_exporters_make_us_remember_is_bounded() -> None:
    sessions = Sessions()
    for domain in range(MOST_SESSIONS + 50):
        sessions.of("r", 9, domain)
    for number in range(256, 256 + MOST_TEMPLATES + 50):
        template = struct.pack(">HHHHHH", 0, 12, number, 1, 8, 4)
        sessions.decode("r", struct.pack(">HHIIII", 9, 1, 0, NOW, 1, 1) + template)
    for rate in range(1, MOST_SAMPLERS + 50):
        told_by = bytearray(encoding.sampler_v9(rate))
        told_by[-7:-6] = b"\0"
        sessions.decode("r", bytes(told_by))

    session = sessions.of("r", 9, 1)
    assert len(sessions.held) == MOST_SESSIONS
    assert len(session.templates) <= MOST_TEMPLATES
    assert len(session.samplers) <= MOST_SAMPLERS
