from dataclasses import replace
from ipaddress import IPv6Network

from hypothesis import given
from hypothesis import strategies as st

from qianyun.policy.address_checks import faults_of_addresses
from qianyun.policy.address_use import level_use
from qianyun.policy.addresses import AddressDeclaration, Plan, PlannedDepartment, Region, Site, prefix_text, slot
from qianyun.policy.model import Policy, Zone
from qianyun.policy.profile import AddressLevel, SlotScheme

AGGREGATE = IPv6Network("3fff::/20")
ZONES = {"outside": 0, "internet": 1, "extranet": 2, "department": 4}
LEVELS = (
    AddressLevel(name="region", width=36, scheme=SlotScheme.CODE),
    AddressLevel(name="department", width=44, scheme=SlotScheme.SPARSE),
    AddressLevel(name="site", width=56, scheme=SlotScheme.SPARSE),
    AddressLevel(name="zone", width=60, scheme=SlotScheme.NUMBER),
)
POLICY = Policy(
    estate="test",
    zones=tuple(
        Zone(name=name, label=name, number=number, prefixes=(AGGREGATE,), source=f"zones.yml:{number}")
        for name, number in ZONES.items()
    ),
    endpoints=(),
    services=(),
    flows=(),
    digest="",
)

zones = st.dictionaries(
    st.sampled_from(list(ZONES)),
    st.lists(st.integers(0, 15), min_size=1, max_size=4, unique=True).map(tuple),
    max_size=3,
)
keys = st.tuples(st.sampled_from(["990000", "990100", "99c010"]), st.integers(0, 60), st.integers(0, 900))


@st.composite
def sites(draw: st.DrawFn, most: int = 12) -> tuple[Site, ...]:
    chosen = draw(st.lists(keys, unique=True, max_size=most))
    return tuple(
        Site(region=region, department=department, number=number, name=f"{n}", zones=draw(zones), source=f"a.yml:{n}")
        for n, (region, department, number) in enumerate(chosen)
    )


def declaration(chosen: tuple[Site, ...], **changes: int) -> AddressDeclaration:
    codes = sorted({"990000", *(site.region for site in chosen)})
    numbers = sorted({site.department for site in chosen})
    return AddressDeclaration(
        aggregate=AGGREGATE,
        code="99",
        reserve_percent=changes.get("reserve_percent", 50),
        levels=LEVELS,
        zone_numbers=ZONES,
        regions=tuple(Region(code=code, name=code, source=f"r.yml:{n}") for n, code in enumerate(codes)),
        departments=tuple(PlannedDepartment(number=n, name=str(n), source=f"d.yml:{n}") for n in numbers),
        sites=chosen,
    )


def given_out(chosen: tuple[Site, ...]) -> dict[tuple[str, int, int, str, int], IPv6Network]:
    return {
        (subnet.site.region, subnet.site.department, subnet.site.number, subnet.zone, subnet.number): subnet.prefix
        for subnet in Plan(declaration(chosen)).subnets()
    }


def faults(chosen: tuple[Site, ...], **changes: int) -> list[str]:
    return [str(fault) for fault in faults_of_addresses(declaration(chosen, **changes), POLICY)]


@given(sites())
def test_no_prefix_is_given_out_twice(chosen: tuple[Site, ...]) -> None:
    prefixes = [subnet.prefix for subnet in Plan(declaration(chosen)).subnets()]

    assert len(set(prefixes)) == len(prefixes)


@given(sites())
def test_every_prefix_lies_inside_that_of_the_level_above(chosen: tuple[Site, ...]) -> None:
    plan = Plan(declaration(chosen))

    for owner in plan.sites:
        assert owner.prefix.subnet_of(plan.region(owner.site.region))
        assert all(subnet.prefix.subnet_of(owner.prefix) for subnet in plan.subnets_of(owner))
        assert plan.region(owner.site.region).subnet_of(AGGREGATE)


@given(sites(), st.data())
def test_adding_a_site_moves_no_prefix(chosen: tuple[Site, ...], data: st.DataObject) -> None:
    added = data.draw(st.integers(0, len(chosen)))

    before, after = given_out((*chosen[:added], *chosen[added + 1 :])), given_out(chosen)

    assert before.items() <= after.items()


@given(sites(), st.data())
def test_the_order_of_the_declaration_does_not_matter(chosen: tuple[Site, ...], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(chosen))

    assert given_out(tuple(shuffled)) == given_out(chosen)


@given(sites())
def test_every_prefix_ends_on_a_nibble(chosen: tuple[Site, ...]) -> None:
    plan = Plan(declaration(chosen))

    assert all(owner.width % 4 == 0 and owner.prefix.prefixlen == owner.width for owner in plan.sites)


@given(sites(), st.data())
def test_widening_a_site_moves_none_of_its_subnets(chosen: tuple[Site, ...], data: st.DataObject) -> None:
    width = data.draw(st.sampled_from([44, 48, 52]))

    widened = tuple(replace(site, width=width) for site in chosen)

    assert given_out(widened) == given_out(chosen)


@given(st.integers(0, 12), st.data())
def test_sparse_slots_are_a_permutation(bits: int, data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.integers(0, (1 << bits) - 1), unique=True, max_size=50))

    slots = {slot(SlotScheme.SPARSE, bits, number) for number in numbers}

    assert len(slots) == len(numbers)
    assert all(0 <= place < 1 << bits for place in slots)


@given(
    st.one_of(st.integers(0, (1 << 64) - 1), st.integers(0, (1 << 16) - 1).map(lambda n: n << 48), st.integers(0, 15))
)
def test_a_prefix_is_written_as_rfc_5952_wants(upper: int) -> None:
    assert prefix_text(upper) == str(IPv6Network((upper << 64, 64)))


def test_sparse_slots_start_at_the_left_as_rfc_3531_has_them() -> None:
    assert [slot(SlotScheme.SPARSE, 4, number) for number in range(6)] == [0, 8, 4, 12, 2, 10]


def site(number: int, **changes: object) -> Site:
    plain = Site(
        region="990000",
        department=1,
        number=number,
        name=f"s{number}",
        zones={"extranet": (0,)},
        source=f"a.yml:{number}",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # each test names fields of Site


def test_the_code_can_be_read_in_the_prefix() -> None:
    [owner] = Plan(declaration((site(0, region="994321"),))).sites

    assert str(owner.prefix) == "3fff:432:1800::/56"


def test_a_number_in_the_reserve_is_refused_with_the_last_that_is_not() -> None:
    assert faults((site(2048),)) == [
        "a.yml:2048: site number 2048 lies in the reserve of 50 %; numbers end at 2047",
    ]


def test_two_sites_with_one_number_are_named_with_their_lines() -> None:
    twin = replace(site(7), source="a.yml:9")

    assert faults((site(7), twin)) == ["a.yml:9: site 990000/1/7 is held already (a.yml:7); pick a free one"]


def test_a_site_widened_over_its_neighbour_is_refused() -> None:
    beside = site(1 << 4)

    assert faults((site(0, width=48), beside), reserve_percent=0) == [
        (
            "a.yml:16: site 's16' lies inside 3fff:0:800::/48 of site 's0' (a.yml:0); "
            "give it another number, or widen the other less"
        )
    ]


def test_a_site_that_cannot_be_widened_from_its_slot_is_told_so() -> None:
    assert faults((site(1 << 5, width=48),)) == [
        "a.yml:32: site 's32' cannot be /48 from its slot on; pick a number whose slot is a multiple of that width"
    ]


def test_a_subnet_beyond_its_site_is_refused() -> None:
    assert faults((site(3, zones={"extranet": (0, 16)}),)) == [
        "a.yml:3: subnet 16 of zone 'extranet' is beyond site 's3', which has 16; widen the site"
    ]


def test_a_region_whose_code_has_no_place_is_refused() -> None:
    assert faults((site(0, region="440100"),)) == [
        "r.yml:0: region '440100' has no place in the aggregate; its code begins with '99' and has 6 digits"
    ]


def test_a_subnet_outside_its_zone_is_refused() -> None:
    strict = replace(POLICY.zones[2], prefixes=(IPv6Network("3fff:c00::/24"),))
    policy = replace(POLICY, zones=(*POLICY.zones[:2], strict, *POLICY.zones[3:]))

    found = [str(fault) for fault in faults_of_addresses(declaration((site(0),)), policy)]

    assert found == [
        (
            "a.yml:0: subnet 3fff:0:800:20::/64 of site 's0' lies outside zone 'extranet' (zones.yml:2); "
            "move the site, or give the zone this prefix"
        )
    ]


def test_use_is_counted_level_by_level() -> None:
    plan = Plan(declaration((site(0), site(1, zones={"extranet": (0, 1), "internet": (0,)}))))

    use = {level.level: (level.given, level.places) for level in level_use(plan)}

    assert use == {
        "region": (1, 1 << 16),
        "department": (1, 128),
        "site": (2, 2048),
        "zone": (3, 32),
        "subnet": (4, 48),
    }


def test_the_hd_ratio_is_the_logarithm_that_rfc_3194_defines() -> None:
    plan = Plan(declaration(tuple(site(number) for number in range(256))))

    by_level = {level.level: level.hd_ratio for level in level_use(plan)}

    assert by_level["site"] == 8 / 36
