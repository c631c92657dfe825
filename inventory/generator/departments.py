"""Departments of the sample estates, each with what its systems are about.

Region codes begin with 99, which GB/T 2260 gives to nobody.
"""

from dataclasses import dataclass

from inventory.generator.draw import Draw, apportioned
from inventory.generator.names import CONTACTS, ORGANS, phone
from qianyun.estate.facts import Department
from qianyun.estate.kinds import Level

DATA_BUREAU = "省大数据管理局"
CITY_DATA_BUREAU = "浦屿市数据局"
_LOCAL_SUBJECTS = ("一网通办", "城市运行", "社区治理", "基层减负", "惠民补贴", "信用", "视频共享", "网格")
CITY_UNITS = {Level.CITY: 148, Level.COUNTY: 899, Level.TOWN: 121, Level.VILLAGE: 1944}
COUNTIES = ("望海区", "屿东区", "屿西区", "潮鸣区", "浪石县", "礁湾县", "帆影县", "盐津口县", "灯塔岬县")
_TOWN_FIRST = "青白红东西南北上下大小长"
_TOWN_SECOND = "礁屿滩澳湾岬塘浦溪岭坪桥"
_VILLAGE_FIRST = "石竹柳松樟榕槐桂枫梅杏桃荷莲菱芦"
_VILLAGE_SECOND = "桥塘坑坪岗垟洋埠渡头"
_ORGAN_WORDS = (
    "办公室", "发展和改革局", "教育局", "科学技术局", "经济和信息化局", "公安局", "民政局", "司法局", "财政局",
    "人力资源和社会保障局", "自然资源和规划局", "生态环境局", "住房和城乡建设局", "交通运输局", "水利局",
    "农业农村局", "商务局", "文化和旅游局", "卫生健康局", "退役军人事务局", "应急管理局", "审计局",
    "市场监督管理局", "医疗保障局", "统计局", "体育局", "林业局", "海洋渔业局", "政务服务局", "机关事务中心",
    "信访局", "城市管理局", "金融服务中心", "港航管理局", "气象局", "消防救援大队", "档案馆", "图书馆",
    "疾病预防控制中心", "人民医院", "中医院", "妇幼保健院", "不动产登记中心", "公积金中心", "就业服务中心",
    "社会保险中心", "公共资源交易中心", "招商服务中心", "供销合作社", "残疾人联合会", "总工会", "妇女联合会",
    "红十字会", "科学技术协会", "工商业联合会", "融媒体中心", "水文站", "防汛办公室", "环境监测站",
    "农业技术推广中心", "动物疫病预防中心", "种子站", "土地储备中心", "测绘院", "城建档案馆", "市政管理处",
    "园林管理处", "环卫中心", "公路管理站", "运输管理所", "海事服务站", "渔政大队", "粮食和物资储备局",
    "老龄工作办公室", "文化馆", "博物馆", "体育中心", "青少年活动中心", "第一中学", "第二中学", "职业学校",
    "特殊教育学校", "教师进修学校", "考试中心", "校园安全中心", "急救中心", "血站", "救助站", "福利院",
    "殡葬管理所", "婚姻登记处", "公证处", "法律援助中心", "看守所", "交通警察大队", "出入境服务站", "网格中心",
    "大数据中心", "信用中心", "项目审批中心", "投资促进中心", "统计调查队", "税费服务站",
)  # fmt: skip


Subjects = tuple[str, ...]
"""What a department's systems are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organ:
    """A department with the subjects of its systems; no subjects where it has no systems."""

    department: Department
    subjects: Subjects = ()


def province_organs(draw: Draw) -> list[Organ]:
    """Thirty-eight organs of the province, four cities, a county, a town, a village."""
    top = "省人民政府办公厅"
    organs = [
        _organ(draw, name, Level.PROVINCE, "990000", None if name == top else top, short=short, subjects=subjects)
        for name, (short, subjects) in ORGANS.items()
    ]
    cities = ("澜州市", "青麓市", "望川市", "霁原市")
    for number, city in enumerate(cities, start=1):
        code = f"99{number:02d}00"
        short = f"{city[:2]}数据局"
        organs.append(_organ(draw, f"{city}数据局", Level.CITY, code, top, short=short, subjects=_LOCAL_SUBJECTS))
    county, town = "禾源县数据局", "禾源县云岭镇人民政府"
    lower = (
        (county, "禾源数据局", Level.COUNTY, "990121", "澜州市数据局", _LOCAL_SUBJECTS[:4]),
        (town, "云岭镇政府", Level.TOWN, "990121103", county, _LOCAL_SUBJECTS[3:5]),
        ("云岭镇石桥村村民委员会", "石桥村", Level.VILLAGE, "990121103207", town, _LOCAL_SUBJECTS[4:5]),
    )
    return organs + [
        _organ(draw, name, level, code, parent, short=short, subjects=subjects)
        for name, short, level, code, parent, subjects in lower
    ]


def _organ(
    draw: Draw, name: str, level: Level, code: str, parent: str | None, *, short: str = "", subjects: Subjects = ()
) -> Organ:
    department = Department(
        name=name,
        short_name=short,
        level=level,
        region_code=code,
        parent=parent,
        contact_name=draw.one(CONTACTS),
        contact_phone=phone(draw),
    )
    return Organ(department=department, subjects=subjects)


def city_organs(draw: Draw) -> list[Organ]:
    """All units of the seaside city that are on the extranet, over four levels below the province."""
    government = "浦屿市人民政府办公室"
    city = [CITY_DATA_BUREAU, *(f"浦屿市{word}" for word in _ORGAN_WORDS)]
    city += [f"浦屿市{part}管理委员会" for part in _places(draw, CITY_UNITS[Level.CITY] - len(city) - 1)]
    organs = [_organ(draw, government, Level.CITY, "990500", None, subjects=_likened(government))]
    organs += [_organ(draw, name, Level.CITY, "990500", government, subjects=_likened(name)) for name in city]
    shares = [1.0] * len(COUNTIES)
    per_county = zip(
        COUNTIES,
        apportioned(CITY_UNITS[Level.COUNTY], shares),
        apportioned(CITY_UNITS[Level.TOWN], shares),
        apportioned(CITY_UNITS[Level.VILLAGE], shares),
        strict=True,
    )
    for number, (county, units, towns, villages) in enumerate(per_county, start=1):
        organs += _county(draw, county, f"9905{number:02d}", government, (units, towns, villages))
    return organs


def _likened(name: str) -> Subjects:
    """What the provincial organ of the same trade does; nothing where there is none."""
    if name == CITY_DATA_BUREAU:
        return _LOCAL_SUBJECTS
    trade = name.removeprefix("浦屿市")[:2]
    return next((subjects for organ, (_short, subjects) in ORGANS.items() if organ[1:].startswith(trade)), ())


def _county(draw: Draw, county: str, code: str, above: str, sizes: tuple[int, int, int]) -> list[Organ]:
    units, towns, villages = sizes
    hall = f"{county}人民政府办公室"
    organs = [_organ(draw, hall, Level.COUNTY, code, above)]
    organs += [_organ(draw, f"{county}{word}", Level.COUNTY, code, hall) for word in _ORGAN_WORDS[1:units]]
    names = draw.some([first + second for first in _TOWN_FIRST for second in _TOWN_SECOND], towns)
    for number, (town, count) in enumerate(zip(names, apportioned(villages, [1.0] * towns), strict=True), start=100):
        office = f"{county}{town}镇人民政府"
        organs.append(_organ(draw, office, Level.TOWN, f"{code}{number}", hall))
        hamlets = draw.some([first + second for first in _VILLAGE_FIRST for second in _VILLAGE_SECOND], count)
        organs += [
            _organ(draw, f"{county}{town}镇{hamlet}村村民委员会", Level.VILLAGE, f"{code}{number}{n}", office)
            for n, hamlet in enumerate(hamlets, start=200)
        ]
    return organs


def _places(draw: Draw, count: int) -> list[str]:
    return [f"{place}开发区" for place in draw.some([a + b for a in _TOWN_FIRST for b in _TOWN_SECOND], count)]
