"""The sample estates: as large, as dirty and as consistent as they are said to be."""

import csv
import zipfile
from collections import Counter, defaultdict
from datetime import date, timedelta
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path

import pytest

from inventory.generator.__main__ import write_estate
from inventory.generator.estate import Sample, city, province
from inventory.generator.ledgers import Ledgers, city_ledgers, province_ledgers
from inventory.generator.names import SHARED_PLATFORMS
from inventory.generator.progress import baseline
from qianyun.estate.facts import Department, Line, Pool, Room, Server, System, SystemKey
from qianyun.estate.kinds import Disposition, Level, Origin, RoomOutcome, Secrecy, VendorRole
from qianyun.importers.calendar_file import calendar_strangers
from qianyun.importers.declaration import load_calendar, load_pools
from qianyun.importers.ledgers import Ledgers as Read
from qianyun.importers.ledgers import read_ledgers
from qianyun.importers.progress_file import read_progress
from qianyun.importers.sheets import Sheet, read_sheets
from qianyun.importers.values import text_of
from qianyun.track.states import LineState, RoomState, SystemState

INVENTORY = Path(__file__).parent.parent.parent / "inventory"
SAMPLE_NETWORKS = [
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "3fff::/20",
        "2001:db8::/32",
    )
]
TO_CLOUD = (Disposition.MIGRATE, Disposition.MERGE, Disposition.TAKE_OVER)


@pytest.fixture(scope="module")
def the_province() -> Sample:
    return province()


@pytest.fixture(scope="module")
def the_city() -> Sample:
    return city()


@pytest.fixture(scope="module", params=["province", "city"])
def sample(request: pytest.FixtureRequest, the_province: Sample, the_city: Sample) -> Sample:
    return the_province if request.param == "province" else the_city


@pytest.fixture(scope="module")
def dirty(the_province: Sample) -> Ledgers:
    return province_ledgers(the_province)


def read(name: str) -> Read:
    return read_ledgers(sorted((INVENTORY / name / "ledgers").iterdir()))


@pytest.fixture(scope="module")
def read_province() -> Read:
    return read("province")


def contents(path: Path) -> dict[str, bytes]:
    """What a file holds, whatever packed it."""
    if path.suffix in {".xlsx", ".ods"}:
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    return {"": path.read_bytes()}


# ── Size and shape ──────────────────────────────────────────────────────────


def test_the_province_is_as_large_as_it_is_said_to_be(the_province: Sample) -> None:
    estate = the_province.estate
    roles = Counter(role for vendor in estate.vendors for role in vendor.roles)

    assert (len(estate.departments), len(estate.rooms), len(estate.systems)) == (45, 120, 780)
    assert len(estate.lines) == 2500
    assert (roles[VendorRole.DEVELOPMENT], roles[VendorRole.MAINTENANCE]) == (440, 200)


def test_one_department_has_120_systems_and_no_other_half_as_many(the_province: Sample) -> None:
    sizes = Counter(system.department for system in the_province.estate.systems).most_common(2)

    assert sizes[0][1] == 120
    assert sizes[1][1] < 60


def test_every_department_of_the_province_has_systems_and_every_level_a_department(the_province: Sample) -> None:
    estate = the_province.estate

    assert {system.department for system in estate.systems} == {d.name for d in estate.departments}
    assert {d.level for d in estate.departments} == set(Level)


def test_the_city_is_as_large_as_it_is_said_to_be(the_city: Sample) -> None:
    estate = the_city.estate
    origins = Counter(system.origin for system in estate.systems)
    levels = Counter(department.level for department in estate.departments)

    assert origins == {Origin.NATIONAL: 108, Origin.PROVINCIAL: 164, Origin.SELF_BUILT: 225}
    assert levels == {Level.CITY: 148, Level.COUNTY: 899, Level.TOWN: 121, Level.VILLAGE: 1944}


def test_the_cloud_node_of_the_city_ends_with_its_stated_capacity(the_city: Sample) -> None:
    final = [max(pools, key=lambda p: p.starts_on) for pools in by_zone(the_city).values()]

    assert sum(pool.vcpu for pool in final) == 3372
    assert sum(pool.memory_gib for pool in final) == 16079
    assert sum(pool.storage_gib for pool in final) == 943 * 1024


def by_zone(sample: Sample) -> dict[str, list[Pool]]:
    pools: dict[str, list[Pool]] = defaultdict(list)
    for pool in sample.estate.pools:
        pools[pool.zone].append(pool)
    return pools


def test_the_shared_platforms_stand_with_the_data_bureau(sample: Sample) -> None:
    named = dict(SHARED_PLATFORMS)
    hosts = {s.department for s in sample.estate.systems if s.name in named}
    zones = {s.name: s.zone for s in sample.estate.systems if s.name in named}

    assert len(hosts) == 1
    assert zones == named


def test_dependencies_cluster_around_the_shared_platforms(the_province: Sample) -> None:
    asked = Counter(dependency.target for dependency in the_province.estate.dependencies)
    hubs = [target for target, _count in asked.most_common(5)]

    assert {hub.name for hub in hubs} <= dict(SHARED_PLATFORMS).keys()


def test_vendors_have_a_long_tail_and_a_few_giants(the_province: Sample) -> None:
    built = Counter(s.development_vendor for s in the_province.estate.systems if s.development_vendor)

    assert len(built) == 440
    assert sum(count == 1 for count in built.values()) > 300
    assert max(built.values()) > 30


# ── Consistency ─────────────────────────────────────────────────────────────


def test_every_reference_of_a_sample_leads_somewhere(sample: Sample) -> None:
    assert sample.estate.faults() == ()


def test_moving_systems_fill_85_to_90_percent_of_each_zones_final_capacity(sample: Sample) -> None:
    shares = {}
    for zone, pools in by_zone(sample).items():
        final = max(pools, key=lambda p: p.starts_on)
        systems = [s for s in sample.estate.systems if s.zone == zone and s.disposition in TO_CLOUD]
        shares[zone] = (
            sum(s.vcpu or 0 for s in systems) / final.vcpu,
            float(sum(s.memory_gib or 0 for s in systems)) / final.memory_gib,
            float(sum(s.storage_gib or 0 for s in systems)) / final.storage_gib,
        )

    assert all(0.82 <= share <= 0.90 for zone in shares.values() for share in zone), shares


def test_a_zones_capacity_never_shrinks(sample: Sample) -> None:
    for pools in by_zone(sample).values():
        sizes = [(p.vcpu, p.memory_gib, p.storage_gib) for p in sorted(pools, key=lambda p: p.starts_on)]
        assert all(a <= b for before, after in pairwise(sizes) for a, b in zip(before, after, strict=True))


def test_what_moves_has_what_a_planner_needs(sample: Sample) -> None:
    for system in sample.estate.systems:
        if system.disposition in TO_CLOUD:
            needed = (system.ready_on, system.zone, system.room, system.vcpu, system.memory_gib, system.storage_gib)
            also = (system.data_gib, system.downtime_hours, system.contract_end, system.development_vendor)
            assert None not in (*needed, *also), system.key


def test_classified_systems_go_to_the_intranet_and_nothing_else_does(sample: Sample) -> None:
    for system in sample.estate.systems:
        classified = system.secrecy is Secrecy.CLASSIFIED
        assert classified == (system.disposition is Disposition.INTRANET)


def test_zombies_are_retired(sample: Sample) -> None:
    zombies = [system for system in sample.estate.systems if system.is_zombie]

    assert len(zombies) == sample.recipe.zombies
    assert {system.disposition for system in zombies} == {Disposition.RETIRE}


def test_a_system_that_stays_stands_in_a_room_that_is_kept(sample: Sample) -> None:
    stays = (Disposition.INTEGRATE, Disposition.DEFER, Disposition.TAKE_OVER)
    rooms = {s.room for s in sample.estate.systems if s.disposition in stays}

    assert all(sample.estate.room_by_name[room or ""].outcome is not RoomOutcome.CLOSE for room in rooms)


def test_hard_dependencies_lead_to_systems_that_migrate(sample: Sample) -> None:
    systems = sample.estate.system_by_key

    for dependency in sample.estate.dependencies:
        if dependency.is_hard:
            assert systems[dependency.target].disposition is Disposition.MIGRATE
            assert systems[dependency.source].disposition in TO_CLOUD


def test_latency_sensitive_pairs_share_room_and_zone(sample: Sample) -> None:
    systems = sample.estate.system_by_key

    for dependency in sample.estate.dependencies:
        if dependency.is_latency_sensitive:
            one, other = systems[dependency.source], systems[dependency.target]
            assert (one.room, one.zone) == (other.room, other.zone)


def test_a_merging_system_waits_for_the_one_it_merges_into(sample: Sample) -> None:
    hard = {(d.source, d.target.name) for d in sample.estate.dependencies if d.is_hard}

    for system in sample.estate.systems:
        if system.disposition is Disposition.MERGE:
            assert (system.key, system.disposition_reason.removeprefix("并入")) in hard


def test_some_systems_need_one_another_and_never_more_than_six(sample: Sample) -> None:
    reached = {key: reach(key, sample) for key in sample.estate.system_by_key}
    rings = {
        frozenset(other for other in reached[key] if key in reached[other]) for key in reached if key in reached[key]
    }

    assert 3 <= len(rings) <= 8
    assert max(len(ring) for ring in rings) <= 6


def reach(start: SystemKey, sample: Sample) -> set[SystemKey]:
    """What a system waits for, near and far; itself where it stands in a ring."""
    asked: dict[SystemKey, list[SystemKey]] = defaultdict(list)
    for dependency in sample.estate.dependencies:
        if dependency.is_hard:
            asked[dependency.source].append(dependency.target)
    seen: set[SystemKey] = set()
    waiting = list(asked[start])
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            waiting.extend(asked[key])
    return seen


def test_rooms_that_close_have_weeks_between_the_last_readiness_and_their_deadline(sample: Sample) -> None:
    ready: dict[str, date] = {}
    for system in sample.estate.systems:
        waits = [sample.estate.system_by_key[key].ready_on for key in reach(system.key, sample)]
        days = [day for day in (system.ready_on, *waits) if day and system.disposition in TO_CLOUD]
        if days and system.room:
            ready[system.room] = max(ready.get(system.room, days[0]), *days)

    for room in sample.estate.rooms:
        if room.withdraw_by and room.name in ready:
            assert room.withdraw_by - ready[room.name] >= timedelta(weeks=8), room.name


def test_addresses_come_from_documentation_and_private_space(sample: Sample) -> None:
    estate = sample.estate
    parts: tuple[System | Server | Line, ...] = (*estate.systems, *estate.servers, *estate.lines)
    held = {address for part in parts for address in part.addresses}

    assert [a for a in held if not any(a in net for net in SAMPLE_NETWORKS)] == []


def test_contacts_are_roles_and_phones_begin_with_three_zeros(sample: Sample) -> None:
    estate = sample.estate
    parts: tuple[Department | Room | System, ...] = (*estate.departments, *estate.rooms, *estate.systems)
    phones = {part.contact_phone for part in parts}

    assert all(phone.startswith("000-") for phone in phones - {""})


def test_region_codes_begin_with_99_which_no_province_has(sample: Sample) -> None:
    assert all(d.region_code.startswith("99") for d in sample.estate.departments)


# ── Files ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["province", "city"])
def test_the_committed_files_are_what_the_generator_writes(name: str, tmp_path: Path) -> None:
    write_estate(name, tmp_path)

    written = {p.relative_to(tmp_path): contents(p) for p in tmp_path.rglob("*") if p.is_file()}
    committed = {p: contents(INVENTORY / name / p) for p in written if (INVENTORY / name / p).is_file()}

    assert committed.keys() == written.keys()
    assert [p for p in written if committed[p] != written[p]] == []
    assert {p.name for p in (tmp_path / "ledgers").iterdir()} == {
        p.name for p in (INVENTORY / name / "ledgers").iterdir()
    }


def test_one_seed_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"

    write_estate("province", first)
    write_estate("province", second)

    assert [
        p.name
        for p in first.rglob("*")
        if p.is_file() and p.read_bytes() != (second / p.relative_to(first)).read_bytes()
    ] == []


def test_the_samples_stay_small_enough_for_git() -> None:
    assert sum(p.stat().st_size for p in INVENTORY.rglob("*") if p.is_file()) < 8_000_000


def test_the_ledgers_are_workbooks_csv_and_opendocument(dirty: Ledgers) -> None:
    formats = Counter(book.format for book in dirty.books)

    assert 45 <= len(dirty.books) <= 60
    assert formats.keys() == {"xlsx", "ods", "csv-utf8", "csv-bom", "csv-gb18030"}


def test_systems_are_listed_in_at_least_six_layouts() -> None:
    headers = set()
    for path in sorted((INVENTORY / "province" / "ledgers").glob("1?_系统_*")):
        texts = [tuple(map(text_of, row)) for row in read_sheets(path)[0].rows[:4]]
        headers.add(max(texts, key=lambda row: sum(bool(cell) for cell in row)))

    assert len(headers) >= 6


# ── Faults ──────────────────────────────────────────────────────────────────


def catalogue() -> list[dict[str, str]]:
    with (INVENTORY / "province" / "faults.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_catalogued_fault_is_a_cell_that_holds_its_value() -> None:
    sheets: dict[str, dict[str, Sheet]] = {}
    for fault in catalogue():
        path = INVENTORY / "province" / "ledgers" / fault["file"]
        sheets.setdefault(fault["file"], {sheet.name: sheet for sheet in read_sheets(path)})
        rows = sheets[fault["file"]][fault["sheet"]].rows
        letters = fault["cell"].rstrip("0123456789")
        column = sum((ord(c) - 64) * 26**place for place, c in enumerate(reversed(letters))) - 1
        row = rows[int(fault["cell"].removeprefix(letters)) - 1]
        assert text_of(row[column] if column < len(row) else "") == fault["value"], fault


def test_every_kind_of_fault_is_planted_more_than_once() -> None:
    kinds = Counter(fault["kind"] for fault in catalogue())

    assert 60 <= sum(kinds.values()) <= 100
    assert [kind for kind, count in kinds.items() if count < 2] == []


def test_the_planted_faults_are_found_all_and_only_those(read_province: Read) -> None:
    planted = {(fault["file"], fault["sheet"], fault["cell"]) for fault in catalogue()}
    found = [(fault.path.name, fault.sheet, fault.cell) for fault in read_province.faults]

    assert sorted(found) == sorted(planted)


def test_the_good_rows_of_the_province_are_the_whole_estate(dirty: Ledgers, read_province: Read) -> None:
    assert read_province.held == ()
    assert read_province.facts.digest == dirty.facts.digest
    assert len(read_province.facts.systems) == 780


def test_the_ledgers_of_the_city_are_clean_and_whole(the_city: Sample) -> None:
    found = read("city")

    assert found.all_faults() == ()
    assert found.facts.digest == city_ledgers(the_city).facts.digest


@pytest.mark.parametrize("name", ["province", "city"])
def test_no_column_of_the_ledgers_is_unknown(name: str) -> None:
    assert read(name).notices == ()


# ── Declarations ────────────────────────────────────────────────────────────


def test_the_calendars_name_departments_that_exist(sample: Sample) -> None:
    calendar = load_calendar(INVENTORY / sample.recipe.name)

    assert calendar_strangers(calendar, frozenset(d.name for d in sample.estate.departments)) == ()


def test_the_cloud_file_says_what_the_estate_was_drawn_with(sample: Sample) -> None:
    assert load_pools(INVENTORY / sample.recipe.name) == sample.estate.pools


def test_every_moving_system_has_a_cutover_window_after_it_is_ready(sample: Sample) -> None:
    calendar = load_calendar(INVENTORY / sample.recipe.name)

    for system in sample.estate.systems:
        if system.disposition in TO_CLOUD and system.ready_on:
            weeks = calendar.cutover_weeks(system.ready_on, calendar.last, system.department)
            assert len(weeks) >= 8, system.key


# ── Progress ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["province", "city"])
def test_the_progress_is_of_the_estate_and_tells_every_kind_of_fate(name: str) -> None:
    found = read_progress([INVENTORY / name / "progress" / "迁云推进表.xlsx"], read(name).facts)

    states = {stage.state for row in found.ledger.rows for stage in row.stages}
    assert found.faults == ()
    assert set(SystemState) - states == {SystemState.NOT_STARTED}
    assert {RoomState.COUNTING, RoomState.EMPTYING, LineState.CANCELLED} <= states


@pytest.mark.parametrize("name", ["province", "city"])
def test_the_approved_days_are_those_of_the_baseline(name: str) -> None:
    found = read_progress([INVENTORY / name / "progress" / "迁云推进表.xlsx"], read(name).facts)

    approved = {key: day for key, (_wave, day) in baseline(INVENTORY / name / "baseline.csv").items()}
    assert dict(found.ledger.planned) == approved
