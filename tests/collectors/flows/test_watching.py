"""One host over several samples: who serves, which connections are new, how their volume grows, whose are our own."""

from ipaddress import IPv4Address, ip_address

from collectors.flows.sightings import Edge, Endpoint
from collectors.flows.sockets import Answer, Socket, Space
from collectors.flows.watching import Watch

HOST, PEER, OTHER = (ip_address(f"10.0.0.{n}") for n in (1, 2, 3))


def socket(local: int, peer: tuple[str, int] | None, state: str = "ESTAB", octets: int | None = None) -> Socket:
    there = None if peer is None else Endpoint(ip_address(peer[0]), peer[1])
    return Socket(protocol="tcp", state=state, local=Endpoint(HOST, local), peer=there, octets=octets)


def answer(*sockets: Socket, conntrack: str = "", ip_vs: str = "", asker: str = "") -> Answer:
    own = Space(name="own", sockets=sockets, addresses=frozenset({HOST, IPv4Address("127.0.0.1")}))
    by = (ip_address(asker), 22) if asker else None
    return Answer(spaces=(own,), command="ss", conntrack=conntrack, ip_vs=ip_vs, asker=by)


def watched(*answers: Answer) -> Watch:
    watch = Watch(name="h", block_s=60)
    for place, each in enumerate(answers):
        watch.take(each, 1000.0 + 50 * place, f"{place}")
    return watch


LISTENS_80 = socket(80, None, "LISTEN")


def test_where_the_host_listens_it_serves_and_else_it_asks() -> None:
    watch = watched(answer(LISTENS_80, socket(80, ("10.0.0.2", 50000)), socket(50001, ("10.0.0.3", 5432))))

    assert set(watch.sockets.counts) == {Edge("tcp", PEER, HOST, 80), Edge("tcp", HOST, OTHER, 5432)}


def test_a_connection_in_two_samples_is_one_and_its_growth_is_its_volume() -> None:
    one, grown = (socket(80, ("10.0.0.2", 50000), octets=octets) for octets in (5000, 5700))

    watch = watched(answer(LISTENS_80, one), answer(LISTENS_80, grown), answer(LISTENS_80, grown))

    count = watch.sockets.counts[Edge("tcp", PEER, HOST, 80)]
    assert (count.connections, count.octets) == (1, 700)


def test_a_connection_that_began_between_samples_counts_whole() -> None:
    late = socket(80, ("10.0.0.2", 50000), octets=900)

    watch = watched(answer(LISTENS_80), answer(LISTENS_80, late))

    assert watch.sockets.counts[Edge("tcp", PEER, HOST, 80)].octets == 900


def test_a_connection_that_rests_is_of_one_stretch_only() -> None:
    rests = socket(80, ("10.0.0.2", 50000), "TIME-WAIT")

    watch = watched(answer(LISTENS_80, rests), answer(LISTENS_80, rests), answer(LISTENS_80))

    assert watch.sockets.counts[Edge("tcp", PEER, HOST, 80)].blocks == {1000 // 60}


def test_a_listener_that_was_seen_once_is_remembered() -> None:
    watch = watched(answer(LISTENS_80), answer(socket(80, ("10.0.0.2", 70), "TIME-WAIT")))

    assert list(watch.sockets.counts) == [Edge("tcp", PEER, HOST, 80)]


def test_an_attempt_that_nobody_answers_is_no_answered_relation() -> None:
    watch = watched(answer(socket(50000, ("10.0.0.3", 8080), "SYN-SENT")))

    assert not watch.sockets.counts[Edge("tcp", HOST, OTHER, 8080)].is_answered


def test_our_own_session_is_nobodys_dependency() -> None:
    mine, before = socket(22, ("10.0.0.2", 41000)), socket(22, ("10.0.0.2", 40999), "TIME-WAIT")

    watch = watched(answer(socket(22, None, "LISTEN"), mine, before, asker="10.0.0.2"))

    assert watch.sockets.counts == {}


def test_what_stays_within_the_host_is_counted_and_is_no_edge() -> None:
    watch = watched(answer(LISTENS_80, socket(80, ("127.0.0.1", 50000)), socket(80, ("10.0.0.1", 50001))))

    assert (watch.sockets.counts, watch.sockets.passed_over["own_host"]) == ({}, 2)


TRANSLATED = (
    "ipv4     2 tcp      6 431999 ESTABLISHED src=10.0.0.2 dst=10.0.0.100 sport=50000 dport=80 packets=5 bytes=500 "
    "src=10.0.1.7 dst=10.0.0.1 sport=8080 dport=61000 packets=4 bytes=1500 [ASSURED] mark=0 use=1\n"
)


def test_conntrack_tells_the_real_client_and_the_real_server_of_a_translated_connection() -> None:
    watch = watched(answer(conntrack=TRANSLATED))

    assert list(watch.conntrack.counts) == [Edge("tcp", PEER, ip_address("10.0.1.7"), 8080)]
    vip, member = Endpoint(ip_address("10.0.0.100"), 80), Endpoint(ip_address("10.0.1.7"), 8080)
    assert watch.translations.pools == {("tcp", vip): {member}}
    assert watch.translations.masks == {("tcp", HOST, member): {PEER}}


def test_an_entry_without_a_reply_tells_of_no_pool() -> None:
    watch = watched(answer(conntrack=TRANSLATED.replace("src=10.0.1.7", "[UNREPLIED] src=10.0.1.7")))

    assert watch.translations.pools == {}
    assert not next(iter(watch.conntrack.counts.values())).is_answered


def test_the_table_of_ipvs_tells_its_members() -> None:
    table = (
        "IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n"
        "  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n"
        "TCP  0A000064:01BB rr  \n  -> 0A000107:20FB      Masq    1      0          0         \n"
        "UDP  [2001:0db8:0000:0000:0000:0000:0000:0064]:0035 wlc  \n"
        "  -> [2001:0db8:0000:0000:0000:0000:0000:0007]:0035      Route   1      0          0\n"
    )

    pools = watched(answer(ip_vs=table)).translations.pools

    assert pools == {
        ("tcp", Endpoint(ip_address("10.0.0.100"), 443)): {Endpoint(ip_address("10.0.1.7"), 8443)},
        ("udp", Endpoint(ip_address("2001:db8::64"), 53)): {Endpoint(ip_address("2001:db8::7"), 53)},
    }


def test_what_is_written_is_read_back_the_same() -> None:
    watch = watched(answer(LISTENS_80, socket(80, ("10.0.0.2", 50000)), conntrack=TRANSLATED), answer(LISTENS_80))

    again = Watch.from_text(watch.to_text())

    assert again.to_text() == watch.to_text()
    assert again.sockets.counts == watch.sockets.counts
