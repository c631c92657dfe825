"""Flaws: what people get wrong in each kind of ledger, planted in rows of their own.

A flawed row is a copy of a right one under another name, with one cell spoilt; so the right rows
alone are the whole estate, and each flaw is one cell.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inventory.generator.draw import Draw
from inventory.generator.forms import Entry, Layout, Planted, Row
from inventory.generator.wording import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One way to get one cell wrong.

    Attributes:
        wrong: What stands there.
        spoil: How that comes from the right text, where it does.
        right: What would be right; empty where it is what stood there before.
        also: Other cells of the row, changed so that only this one is wrong.
        is_double: The row is a second copy of a right one, under the same name.
    """

    kind: str
    field: str
    wrong: Cell = None
    spoil: Callable[[str], str] | None = None
    right: str = ""
    also: tuple[tuple[str, Cell], ...] = ()
    is_double: bool = False


def _other_name(text: str) -> str:
    return f"{text[:-1]}署"


def _slip(text: str) -> str:
    return text.replace("机房", "机旁")


SYSTEM_FLAWS = (
    Flaw(kind="date_impossible", field="ready_on", wrong="2027-02-30", right="2027-02-28"),
    Flaw(kind="level_unknown", field="mlps_level", wrong="六级", right="一级至四级或未定级"),
    Flaw(kind="room_unknown", field="room", spoil=_slip),
    Flaw(kind="required_blank", field="mlps_level", right="一级至四级或未定级"),
    Flaw(kind="number_negative", field="vcpu", wrong=-16, right="16"),
    Flaw(kind="word_unknown", field="disposition", wrong="搬走", right="迁移"),
    Flaw(kind="department_unknown", field="department", spoil=_other_name),
    Flaw(kind="double", field="name", right="同一系统只填一行", is_double=True),
    Flaw(
        kind="classified_to_cloud", field="disposition", wrong="迁移", right="迁入政务内网", also=(("secrecy", "涉密"),)
    ),
    Flaw(kind="date_impossible", field="live_on", wrong="2019.13", right="2019.12"),
    Flaw(
        kind="deferred_without_reason",
        field="disposition_reason",
        right="写明暂缓原因",
        also=(
            ("disposition", "暂缓"),
            ("is_deferred", "是"),
        ),
    ),
    Flaw(kind="number_unreadable", field="data_gib", wrong="几百个G", right="500"),
    Flaw(kind="address_malformed", field="addresses", wrong="10.300.1.5", right="10.30.1.5"),
    Flaw(kind="required_blank", field="room"),
    Flaw(kind="word_unknown", field="secrecy", wrong="部分涉密", right="涉密 或 非涉密"),
    Flaw(kind="required_blank", field="origin"),
    Flaw(kind="number_unreadable", field="user_count", wrong="若干", right="300"),
    Flaw(kind="date_impossible", field="contract_end", wrong="2027年6月31日", right="2027年6月30日"),
    Flaw(kind="word_unknown", field="zone", wrong="互联网大区", right="互联网区"),
    Flaw(kind="level_unknown", field="mlps_level", wrong="五点五", right="一级至四级或未定级"),
    Flaw(kind="required_blank", field="name"),
    Flaw(kind="number_negative", field="build_cost_wan_yuan", wrong=-120, right="120"),
    Flaw(kind="word_unknown", field="scope", wrong="全球", right="单位内部等六种"),
    Flaw(kind="number_unreadable", field="memory_gib", wrong="32X", right="32"),
)
ROOM_FLAWS = (
    Flaw(
        kind="kept_without_reason",
        field="outcome_reason",
        right="写明保留原因",
        also=(("outcome", "保留（特殊需求）"),),
    ),
    Flaw(kind="number_negative", field="area_m2", wrong=-60, right="60"),
    Flaw(kind="department_unknown", field="department", spoil=_other_name),
    Flaw(
        kind="date_impossible", field="withdraw_by", wrong="2027-09-31", right="2027-09-30", also=(("outcome", "撤并"),)
    ),
    Flaw(kind="word_unknown", field="kind", wrong="借用", right="自建、租赁或托管"),
    Flaw(kind="double", field="name", right="同一机房只填一行", is_double=True),
    Flaw(kind="number_unreadable", field="rack_count", wrong="十几", right="12"),
    Flaw(kind="kept_without_reason", field="outcome_reason", right="写明保留原因", also=(("outcome", "转为汇聚节点"),)),
    Flaw(
        kind="kept_without_reason",
        field="outcome_reason",
        right="写明保留原因",
        also=(("outcome", "保留（本地数据）"),),
    ),
)
LINE_FLAWS = (
    Flaw(kind="double", field="number", right="同一专线只填一行", is_double=True),
    Flaw(kind="number_unreadable", field="bandwidth_mbps", wrong="百兆", right="100"),
    Flaw(kind="department_unknown", field="department", spoil=_other_name),
    Flaw(kind="room_unknown", field="room", spoil=_slip),
    Flaw(kind="date_impossible", field="contract_end", wrong="2027-11-31", right="2027-11-30"),
    Flaw(kind="number_negative", field="monthly_cost_yuan", wrong=-3000, right="3000"),
    Flaw(kind="word_unknown", field="network", wrong="金盾网", right="业务专网"),
    Flaw(kind="address_malformed", field="addresses", wrong="172.16.8", right="172.16.8.1"),
    Flaw(kind="word_unknown", field="operator", wrong="长途局", right="电信、移动、联通、广电或其他"),
    Flaw(kind="required_blank", field="network"),
)
WIDE_FLAWS = (
    Flaw(
        kind="number_unreadable",
        field="extranet.bandwidth_mbps",
        wrong="不详细",
        right="100M",
        also=(("extranet.has_access", "有"),),
    ),
    Flaw(
        kind="word_unknown",
        field="internet.operator",
        wrong="长途局",
        right="电信、移动、联通、广电或其他",
        also=(("internet.has_access", "有"),),
    ),
    Flaw(
        kind="address_malformed",
        field="extranet.addresses",
        wrong="2001:db8:::1",
        right="2001:db8::1",
        also=(("extranet.has_access", "有"),),
    ),
)
SERVER_FLAWS = (
    Flaw(kind="system_unknown", field="system", spoil=_other_name),
    Flaw(kind="share_above_hundred", field="cpu_peak_percent", wrong="135%", right="35%"),
    Flaw(
        kind="port_out_of_range", field="database.port", wrong=70000, right="7000", also=(("database.product", "达梦"),)
    ),
    Flaw(kind="number_negative", field="memory_gib", wrong=-32, right="32"),
    Flaw(kind="address_malformed", field="addresses", wrong="10.1.1.256", right="10.1.1.25"),
    Flaw(kind="word_unknown", field="environment", wrong="备用的", right="生产、测试或灰度"),
    Flaw(kind="room_unknown", field="room", spoil=_slip),
    Flaw(kind="double", field="name", right="同一主机只填一行", is_double=True),
    Flaw(kind="number_unreadable", field="vcpu", wrong="双路", right="16"),
    Flaw(kind="word_unknown", field="cpu_arch", wrong="六十四位", right="x86_64 等"),
)
VENDOR_FLAWS = (
    Flaw(kind="word_unknown", field="roles", wrong="监理", right="开发、运维或安全"),
    Flaw(kind="number_negative", field="parallel_capacity", wrong=-2, right="2"),
    Flaw(kind="double", field="name", right="同一厂商只填一行", is_double=True),
    Flaw(kind="capacity_of_nothing", field="parallel_capacity", wrong=0, right="1"),
    Flaw(kind="capacity_of_nothing", field="parallel_capacity", wrong="0", right="1"),
)
DEPENDENCY_FLAWS = (
    Flaw(kind="system_unknown", field="target.name", spoil=_other_name),
    Flaw(kind="port_out_of_range", field="port", wrong=65536, right="65535"),
    Flaw(kind="word_unknown", field="kind", wrong="邮寄", right="数据、文件、流媒体或请求"),
    Flaw(kind="share_above_hundred", field="confidence", wrong="150%", right="50%"),
    Flaw(kind="system_unknown", field="source.name", spoil=_other_name),
    Flaw(kind="number_negative", field="daily_mib", wrong=-5, right="5"),
)
DEPARTMENT_FLAWS = (
    Flaw(kind="region_code_malformed", field="region_code", wrong="99010", right="990100"),
    Flaw(kind="region_code_malformed", field="region_code", wrong="省本级", right="990000"),
    Flaw(kind="word_unknown", field="level", wrong="部级", right="省级、市级、县级、镇级或村级"),
    Flaw(kind="department_unknown", field="parent", spoil=_other_name),
)


def flawed(flaw: Flaw, donor: Entry, layout: Layout, renamed: Row) -> Entry:
    """The flawed copy of a right row, told from it by the cells of `renamed`."""
    also = {name: cell for name, cell in flaw.also if name in layout.fields}
    row: Row = {**donor.row, **({} if flaw.is_double else renamed), **also}
    before = str(row.get(flaw.field))
    if not flaw.is_double:
        row[flaw.field] = flaw.spoil(before) if flaw.spoil else flaw.wrong
    planted = Planted(field=flaw.field, kind=flaw.kind, right=flaw.right or before)
    return Entry(row=row, planted=planted, section=donor.section)


def sown(draw: Draw, entries: Sequence[Entry], flaws: Sequence[Entry]) -> list[Entry]:
    """Put flawed rows into the later half of their section, so that doubles come second."""
    result = list(entries)
    for flaw in flaws:
        peers = [place for place, entry in enumerate(result) if entry.section == flaw.section]
        result.insert(draw.between(peers[len(peers) // 2], peers[-1]) + 1, flaw)
    return result


def donors(entries: Sequence[Entry]) -> list[Entry]:
    """Rows that a flawed one may be copied from: those of the earlier half of the first section."""
    first = [entry for entry in entries if entry.section == entries[0].section]
    return first[: max(1, len(first) // 2)]
