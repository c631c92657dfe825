"""How departments write things: words of the forms, and a style for each form's habits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Literal

from qianyun.estate.kinds import (
    Architecture,
    Category,
    CpuArch,
    DependencyKind,
    DependencySource,
    Disposition,
    Environment,
    Level,
    MlpsLevel,
    Network,
    Operator,
    Origin,
    RoomKind,
    RoomOutcome,
    Scope,
    Secrecy,
    ServerKind,
    VendorRole,
)

Cell = str | int | float | date | None

_WORDS: tuple[tuple[Enum, str], ...] = (
    (Level.PROVINCE, "省级"),
    (Level.CITY, "市级"),
    (Level.COUNTY, "县级"),
    (Level.TOWN, "镇级"),
    (Level.VILLAGE, "村级"),
    (RoomKind.OWNED, "自建"),
    (RoomKind.RENTED, "租赁"),
    (RoomKind.HOSTED, "托管"),
    (RoomOutcome.RETAIN_LOCAL_DATA, "保留（本地数据）"),
    (RoomOutcome.RETAIN_SPECIAL, "保留（特殊需求）"),
    (RoomOutcome.CONVERT_AGGREGATION, "转为汇聚节点"),
    (RoomOutcome.CLOSE, "撤并"),
    (Network.INTERNET, "互联网"),
    (Network.DEPARTMENT_PRIVATE, "业务专网"),
    (Network.EXTRANET, "政务外网"),
    (Network.INTRANET, "政务内网"),
    (Network.LAN, "局域网"),
    (Operator.TELECOM, "电信"),
    (Operator.MOBILE, "移动"),
    (Operator.UNICOM, "联通"),
    (Operator.BROADCAST, "广电"),
    (Operator.OTHER, "其他"),
    (Origin.NATIONAL, "国家垂直"),
    (Origin.PROVINCIAL, "省级垂直"),
    (Origin.SELF_BUILT, "自建"),
    (Scope.UNIT, "单位内部"),
    (Scope.NATIONAL, "国家垂直"),
    (Scope.PROVINCIAL, "覆盖省级"),
    (Scope.PROVINCE_CITY, "省市"),
    (Scope.PROVINCE_COUNTY, "省县"),
    (Scope.BELOW_COUNTY, "省县以下"),
    (Category.APPLICATION, "应用层系统"),
    (Category.SUPPORT, "应用支撑层系统"),
    (Category.INFRASTRUCTURE, "基础设施层系统"),
    (Architecture.BROWSER, "B/S"),
    (Architecture.CLIENT, "C/S"),
    (Architecture.MIXED, "混合"),
    (Secrecy.CLASSIFIED, "涉密"),
    (Secrecy.UNCLASSIFIED, "非涉密"),
    (Disposition.MIGRATE, "迁移"),
    (Disposition.INTEGRATE, "接口对接"),
    (Disposition.TAKE_OVER, "纳管"),
    (Disposition.MERGE, "整合"),
    (Disposition.RETIRE, "下线"),
    (Disposition.INTRANET, "迁入政务内网"),
    (Disposition.DEFER, "暂缓"),
    (ServerKind.PHYSICAL, "物理机"),
    (ServerKind.VIRTUAL, "虚拟机"),
    (ServerKind.CONTAINER, "容器"),
    (CpuArch.X86_64, "x86_64"),
    (CpuArch.AARCH64, "鲲鹏"),
    (CpuArch.LOONGARCH64, "LoongArch"),
    (CpuArch.SW64, "SW64"),
    (Environment.PRODUCTION, "生产"),
    (Environment.TEST, "测试"),
    (Environment.STAGING, "灰度"),
    (DependencyKind.DATA, "数据"),
    (DependencyKind.FILE, "文件"),
    (DependencyKind.STREAM, "流媒体"),
    (DependencyKind.REQUEST, "请求"),
    (DependencySource.DECLARED, "申报"),
    (DependencySource.OBSERVED, "观测"),
    (VendorRole.DEVELOPMENT, "开发"),
    (VendorRole.MAINTENANCE, "运维"),
    (VendorRole.SECURITY, "安全"),
)
WORDS: Mapping[tuple[type[Enum], str], str] = {(type(word), str(word.value)): text for word, text in _WORDS}
"""By type and value: words of two types may have one value."""
CODED: tuple[type[Enum], ...] = (Origin, Scope, Category, Architecture)
"""Words for which the coded form asks for numbers, in the order of their declaration."""
_LEVEL_WORDS = {
    "plain": ("未定级", "一级", "二级", "三级", "四级"),
    "ordinal": ("未定级", "第一级", "第二级", "第三级", "第四级"),
    "digit": ("未定级", "1", "2", "3", "4"),
}
ZONES = {"internet": "互联网区", "exchange": "数据交换安全区", "extranet": "政务外网区"}
PRODUCTS = {
    "Kylin": "银河麒麟",
    "UOS": "统信",
    "openEuler": "openEuler",
    "DM": "达梦",
    "Kingbase": "人大金仓",
    "GaussDB": "GaussDB",
    "TongWeb": "东方通",
    "BES": "宝兰德",
}
_NARROW = "".join(chr(code) for code in range(0x21, 0x7F))
_WIDE = str.maketrans(_NARROW, "".join(chr(ord(sign) + 0xFEE0) for sign in _NARROW))
_TIB = 1024
_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """The habits of one form.

    Attributes:
        day: Days as cells of the program, as its serial numbers, or as texts.
        month: Months alike.
        is_coded: Numbers of the form instead of words.
        has_units: Units stand in the cells.
        money_unit: 元 where the heading asks for it.
        blank: What stands where there is nothing.
        mark: Between several values in one cell.
        is_wide: Full-width digits and letters.
    """

    day: Literal["cell", "serial", "dash", "slash", "chinese"] = "cell"
    month: Literal["cell", "dot", "dash", "chinese"] = "cell"
    levels: Literal["plain", "ordinal", "digit"] = "plain"
    is_coded: bool = False
    has_units: bool = False
    money_unit: Literal["万元", "元"] = "万元"
    blank: str = ""
    mark: str = "、"
    is_wide: bool = False

    def on_day(self, day: date | None) -> Cell:
        """A day."""
        match self.day:
            case _ if day is None:
                return self.blank
            case "cell":
                return day
            case "serial":
                return (day - _EPOCH).days
            case "dash":
                return self.text(day.isoformat())
            case "slash":
                return self.text(f"{day.year}/{day.month}/{day.day}")
            case "chinese":
                return self.text(f"{day.year}年{day.month}月{day.day}日")

    def in_month(self, day: date | None) -> Cell:
        """A month, told by its first day."""
        match self.month:
            case _ if day is None:
                return self.blank
            case "cell":
                return self.on_day(day)
            case "dot":
                return self.text(f"{day.year}.{day.month:02}")
            case "dash":
                return self.text(f"{day.year}-{day.month:02}")
            case "chinese":
                return self.text(f"{day.year}年{day.month}月")

    def word(self, word: Enum | None) -> Cell:
        """A word of the form, or its number where the form is coded."""
        if word is None:
            return self.blank
        if self.is_coded and isinstance(word, CODED):
            return list(type(word)).index(word) + 1
        return worded(word)

    def level(self, level: MlpsLevel | None) -> Cell:
        """A level of protection."""
        return _LEVEL_WORDS[self.levels][level or 0]

    def yes(self, claim: bool) -> Cell:  # noqa: FBT001 - the claim is the value that is written
        """Yes or no."""
        return "是" if claim else "否"

    def words(self, words: tuple[Enum, ...]) -> Cell:
        """Several words in one cell."""
        return self.several([worded(word) for word in words])

    def several(self, texts: list[str]) -> Cell:
        """Several texts in one cell."""
        return self.mark.join(texts) or self.blank

    def text(self, text: str) -> Cell:
        """A text that is read without regard to the width of its letters."""
        if not text:
            return self.blank
        return text.translate(_WIDE) if self.is_wide else text

    def prose(self, text: str) -> Cell:
        """A text that is kept as it stands."""
        return text or self.blank

    def count(self, number: Decimal | int | None, unit: str = "") -> Cell:
        """A number, with its unit where this form writes units into cells."""
        if number is None:
            return self.blank
        plain = int(number) if number == int(number) else float(number)
        if self.is_wide:
            return self.text(str(plain))
        return f"{plain}{unit}" if self.has_units and unit else plain

    def storage(self, gib: Decimal | None) -> Cell:
        """Memory or storage."""
        if self.has_units and gib and gib % (_TIB // 2) == 0:
            return f"{(gib / _TIB).normalize():f}T"
        return self.count(gib, "G")

    def money(self, wan_yuan: Decimal | None) -> Cell:
        """Money: ten thousand yuan, or yuan where the heading says so."""
        if wan_yuan is not None and self.money_unit == "元":
            return self.count(wan_yuan * 10_000, "元")
        return self.count(wan_yuan, "万元")


def worded(word: Enum) -> str:
    """The word of the forms."""
    return WORDS[type(word), str(word.value)]


def contact(name: str, phone: str, turn: int) -> str:
    """A name and a phone in one cell, in one of the ways that people write them."""
    ways = (f"{name} {phone}", f"{name}（{phone}）", f"{name}/{phone}", f"{name}\n{phone}")
    return ways[turn % len(ways)] if name else ""
