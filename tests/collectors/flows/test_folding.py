"""From edges of addresses to dependencies of systems: containers, translation, balancers, unknown ends."""

from datetime import UTC, datetime
from ipaddress import IPv4Network, ip_address

from hypothesis import given
from hypothesis import strategies as st

from collectors.flows.comparing import LinkDifference, compare_links
from collectors.flows.folding import Folded, fold
from collectors.flows.joining import relations
from collectors.flows.keeping import Evidence, Host, evidence_of, tally_observations
from collectors.flows.owning import owners
from collectors.flows.sightings import Edge, Endpoint, Sighting, edge_of
from collectors.flows.tally import Tally, blocks_of, blocks_text
from collectors.flows.translations import Translations
from collectors.outcome import Run
from qianyun.estate.ends import Balancer, EndKind, Ends, NamedEnd
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Database, Dependency, Server, SystemKey
from qianyun.estate.kinds import DependencyKind, DependencySource

RUN = Run(id="r1", began_at=datetime(2026, 1, 1, tzinfo=UTC))
A, B, C = (SystemKey(department="甲局", name=name) for name in ("甲系统", "乙系统", "丙系统"))


def end(text: str) -> Endpoint:
    host, _colon, port = text.rpartition(":")
    return Endpoint(ip_address(host.strip("[]")), int(port))


def seen(*edges: str, observer: str = "sockets@x", times: int = 5, answered: bool = True) -> Tally:
    """A tally of edges as text, each seen in so many stretches: `tcp/10.0.0.1>10.0.0.2:80`."""
    tally = Tally(observer, "ss", 60)
    for text in edges:
        edge = edge_of(text)
        server = Endpoint(edge.server, edge.port)
        for place in range(times):
            tally.look(60.0 * place, "raw")
            tally.add(
                Sighting(
                    protocol=edge.protocol,
                    one=Endpoint(edge.client, 50000 + place),
                    other=server,
                    serves=server,
                    certainty=0.99,
                    is_answered=answered,
                    octets=1 << 20,
                    began=60.0 * place,
                    ended=60.0 * place,
                )
            )
    return tally


def evidence(*tallies: Tally) -> Evidence:
    return evidence_of(each for tally in tallies for each in tally_observations(tally, RUN, RUN.began_at))


def server(key: SystemKey, name: str, *addresses: str) -> Server:
    return Server(department=key.department, system=key.name, name=name, addresses=tuple(map(ip_address, addresses)))


ESTATE = Estate(
    servers=(server(A, "a1", "10.0.0.1"), server(B, "b1", "10.0.0.2", "2001:db8::2"), server(C, "c1", "10.0.0.3"))
)


def folded(found: Evidence, estate: Estate = ESTATE, ends: Ends = Ends()) -> Folded:  # noqa: B008 - frozen
    known = owners(estate, ends, (), found.hosts.values())
    return fold(relations(found, ends.balancers), known, found.seconds)


def pairs(found: Folded) -> list[tuple[str, str, int | None]]:
    return [(each.dependency.source.name, each.dependency.target.name, each.dependency.port) for each in found.observed]


def test_an_edge_between_two_servers_is_a_dependency_of_their_systems_with_its_source() -> None:
    [found] = folded(evidence(seen("tcp/10.0.0.1>10.0.0.2:5432"))).observed

    link = found.dependency
    assert (link.source, link.target, link.port, link.kind) == (A, B, 5432, DependencyKind.DATA)
    assert link.known_from is DependencySource.OBSERVED
    assert (found.connections, found.octets, found.occasions, found.first, found.last) == (5, 5 << 20, 5, 0.0, 240.0)
    [relation] = found.relations
    assert list(relation.evidence) == [("sockets@x", "r1")]


def test_what_two_observers_saw_is_one_relation_and_its_volume_is_not_doubled() -> None:
    both = [seen("tcp/10.0.0.1>10.0.0.2:80", observer=name) for name in ("sockets@a", "netflow@r")]

    [found] = folded(evidence(*both)).observed

    assert (found.connections, found.octets) == (5, 5 << 20)
    assert found.dependency.daily_mib == 5 * 86400 / (5 * 60)


@given(st.integers(1, 8), st.integers(1, 8))
def test_confidence_grows_with_sightings_and_stays_below_one(few: int, more: int) -> None:
    confidence = [
        folded(evidence(seen("tcp/10.0.0.1>10.0.0.2:80", times=times))).observed[0].dependency.confidence
        for times in sorted((few, few + more))
    ]

    assert 0 < confidence[0] <= confidence[1] < 1


def test_a_mere_attempt_is_no_dependency() -> None:
    found = folded(evidence(seen("tcp/10.0.0.1>10.0.0.2:80", answered=False)))

    assert (found.observed, found.left_out) == ((), {"unanswered": 1})


def test_names_and_time_are_no_dependency_and_are_counted() -> None:
    found = folded(evidence(seen("udp/10.0.0.1>10.0.0.2:53", "udp/10.0.0.1>10.0.0.2:123")))

    assert (found.observed, found.left_out) == ((), {"infrastructure": 2})


def test_an_end_that_nobody_knows_is_a_question_with_those_who_talk_to_it() -> None:
    [unknown] = folded(evidence(seen("tcp/10.0.0.1>203.0.113.9:443"))).unknown

    assert (str(unknown.address), unknown.ports, unknown.systems) == ("203.0.113.9", (443,), (A,))


def test_a_named_end_answers_the_question() -> None:
    outside = NamedEnd(networks=(IPv4Network("203.0.113.0/24"),), kind=EndKind.OUTSIDE, name="国家平台")
    own = NamedEnd(networks=(IPv4Network("203.0.113.9/32"),), kind=EndKind.SYSTEM, name="甲局/丙系统", system=C)
    seen_there = evidence(seen("tcp/10.0.0.1>203.0.113.9:443", "tcp/10.0.0.1>203.0.113.8:443"))

    found = folded(seen_there, ends=Ends(named=(outside, own)))

    assert (pairs(found), found.unknown, found.left_out) == ([("甲系统", "丙系统", 443)], (), {"outside": 1})


def test_a_server_of_two_systems_is_told_apart_by_the_port_of_a_database() -> None:
    shared = (server(B, "db", "10.0.0.9"), server(C, "db", "10.0.0.9"))
    base = Database(department="甲局", system="丙系统", server="db", product="KingbaseES", port=54321)
    estate = Estate(servers=(*ESTATE.servers, *shared), databases=(base,))

    told = folded(evidence(seen("tcp/10.0.0.1>10.0.0.9:54321")), estate)
    split = folded(evidence(seen("tcp/10.0.0.1>10.0.0.9:22")), estate)

    assert pairs(told) == [("甲系统", "丙系统", 54321)]
    assert pairs(split) == [("甲系统", "丙系统", 22), ("甲系统", "乙系统", 22)]
    assert all(each.dependency.confidence < told.observed[0].dependency.confidence * 0.51 for each in split.observed)


def test_a_virtual_address_is_its_members_and_the_client_behind_a_translation_is_itself() -> None:
    vip, member, gateway = end("10.0.0.100:80"), end("10.0.0.2:8080"), end("10.0.0.254:0").address
    tallies = [
        seen("tcp/10.0.0.1>10.0.0.100:80", observer="sockets@a1"),
        seen("tcp/10.0.0.254>10.0.0.2:8080", observer="sockets@b1"),
        seen("tcp/10.0.0.1>10.0.0.2:8080", observer="conntrack@gw"),
    ]
    found = evidence(*tallies)
    learnt = Translations()
    learnt.learn("tcp", end("10.0.0.1:50000"), vip, member, Endpoint(gateway, 61000))
    found.translations["gw"] = learnt

    result = folded(found)

    assert (pairs(result), result.unknown) == ([("甲系统", "乙系统", 8080)], ())
    assert {observer for observer, _run in result.observed[0].relations[0].evidence} == {
        *("sockets@a1", "sockets@b1", "conntrack@gw"),
    }


POOL = Balancer(
    address=ip_address("10.0.0.100"), port=80, members=((ip_address("10.0.0.2"), 8080), (ip_address("10.0.0.3"), 8080))
)


def test_of_a_pool_only_the_member_that_a_client_was_seen_to_reach_is_its_own() -> None:
    legs = evidence(seen("tcp/10.0.0.1>10.0.0.100:80", "tcp/10.0.0.1>10.0.0.3:8080"))

    assert pairs(folded(legs, ends=Ends(balancers=(POOL,)))) == [("甲系统", "丙系统", 8080)]


def test_a_member_that_asks_its_own_pool_does_not_depend_on_itself() -> None:
    found = relations(evidence(seen("tcp/10.0.0.2>10.0.0.100:80")), (POOL,))

    assert [str(each.edge) for each in found] == ["tcp/10.0.0.2>10.0.0.3:8080"]


def test_a_weaker_ground_later_takes_nothing_from_a_stronger_one() -> None:
    tally = seen("tcp/10.0.0.1>10.0.0.2:80")
    tally.add(Sighting(protocol="tcp", one=end("10.0.0.1:60000"), other=end("10.0.0.2:80")))

    assert [count.certainty for count in tally.counts.values()] == [0.99]


def test_both_legs_of_a_declared_balancer_are_one_relation() -> None:
    balancer = Balancer(
        address=ip_address("10.0.0.100"),
        port=443,
        members=((ip_address("10.0.0.2"), 8443), (ip_address("10.0.0.3"), 8443)),
        own=(ip_address("10.0.0.99"),),
    )
    legs = evidence(seen("tcp/10.0.0.1>10.0.0.100:443", "tcp/10.0.0.99>10.0.0.2:8443"))

    found = folded(legs, ends=Ends(balancers=(balancer,)))

    assert pairs(found) == [("甲系统", "丙系统", 8443), ("甲系统", "乙系统", 8443)]
    assert found.unknown == ()


def test_containers_stand_for_their_host_though_every_host_has_the_same_inner_addresses() -> None:
    found = evidence(
        seen("tcp/172.17.0.2>10.0.0.3:5432", observer="sockets@a1"),
        seen("tcp/172.17.0.2>10.0.0.3:5432", observer="sockets@b1"),
    )
    for name, address in (("a1", "10.0.0.1"), ("b1", "10.0.0.2")):
        inner = frozenset({ip_address("172.17.0.2")})
        found.hosts[name] = Host(name=name, room="机房", address=ip_address(address), inner=inner)

    assert pairs(folded(found)) == [("乙系统", "丙系统", 5432), ("甲系统", "丙系统", 5432)]


def test_an_answer_taken_for_a_question_goes_where_its_question_is_known() -> None:
    guessed = Tally("netflow@r", "netflow", 60)
    guessed.add(Sighting(protocol="tcp", one=end("10.0.0.2:60000"), other=end("10.0.0.1:50000")))
    known = seen("tcp/10.0.0.1>10.0.0.2:60000")

    assert pairs(folded(evidence(guessed, known))) == [("甲系统", "乙系统", 60000)]


def link(source: SystemKey, target: SystemKey, port: int | None = None) -> Dependency:
    return Dependency(source=source, target=target, port=port)


def test_declared_and_seen_are_told_apart() -> None:
    observed = folded(evidence(seen("tcp/10.0.0.1>10.0.0.2:80", "tcp/10.0.0.3>10.0.0.1:443"))).observed
    declared = [link(A, B, 8080), link(A, C), link(B, C)]

    lines = compare_links(declared, observed, watched={A, B})

    assert [(each.source, each.target, each.kind) for each in lines] == [
        (C, A, LinkDifference.OTHER_WAY),
        (B, C, LinkDifference.NOT_SEEN),
        (A, C, LinkDifference.NOT_SEEN),
        (A, B, LinkDifference.OTHER_PORT),
    ]


def test_silence_where_nobody_looked_is_no_question_to_a_department() -> None:
    [line] = compare_links([link(A, B)], (), watched=set())

    assert line.kind is LinkDifference.NOT_WATCHED


def test_what_was_seen_and_nobody_declared_is_told_with_its_evidence() -> None:
    [line] = compare_links((), folded(evidence(seen("tcp/10.0.0.1>10.0.0.2:80"))).observed, watched={A})

    assert (line.kind, line.observed, line.evidence) == (LinkDifference.NOT_DECLARED, "tcp/80", "sockets@x")


@given(st.sets(st.integers(0, 500)))
def test_stretches_of_time_are_written_and_read_back_the_same(blocks: set[int]) -> None:
    assert blocks_of(blocks_text(blocks)) == blocks


def test_an_edge_is_written_and_read_back_the_same() -> None:
    for text in ("tcp/10.0.0.1>10.0.0.2:80", "udp/[2001:db8::1]>[2001:db8::2]:443"):
        assert str(edge_of(text)) == text
        assert isinstance(edge_of(text), Edge)
