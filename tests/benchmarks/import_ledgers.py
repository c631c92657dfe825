"""How fast ledgers come in: 50,000 rows of 20 columns read, judged and stored, beside openpyxl only reading them."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import openpyxl
import xlsxwriter

from qianyun.estate.estate import Estate
from qianyun.estate.facts import Department, System
from qianyun.estate.kinds import Level
from qianyun.importers.ledgers import read_ledgers
from qianyun.store import Store

ROWS = 50_000
FAULTY_EVERY = 25
HEADINGS = (
    *("单位名称", "系统名称", "主机名", "设备类型", "环境", "CPU架构", "CPU核数", "内存(GB)", "系统盘", "数据盘"),
    *("操作系统", "操作系统版本", "内网IP", "网络区域", "CPU使用率", "内存使用率", "数据库类型", "数据库版本"),
    *("中间件类型", "联系人"),
)
KNOWN = Estate(
    departments=tuple(
        Department(name=f"部门{number:02}", level=Level.PROVINCE, region_code="990000") for number in range(45)
    ),
    systems=tuple(System(department=f"部门{number % 45:02}", name=f"业务系统{number}") for number in range(5_000)),
)


def _row(number: int, *, is_faulty: bool) -> tuple[str | float, ...]:
    system = number % 5_000
    return (
        f"部门{system % 45:02}", f"业务系统{system}", f"host-{number}", ("物理机", "虚拟机")[number % 2],
        ("生产", "测试", "灰度")[number % 3], ("鲲鹏", "海光", "龙芯")[number % 3], f"{4 + number % 60}C",
        "若干" if is_faulty else 8 + number % 256, "100G", f"{1 + number % 9}T",
        ("麒麟V10", "CentOS 7.6", "openEuler 22.03")[number % 3], "",
        f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}",
        ("互联网区", "政务外网区")[number % 2], (number % 97) / 100, f"{number % 89}%",
        ("达梦8", "MySQL5.7", "/", "/", "/")[number % 5], "", ("东方通", "Tomcat 9", "无", "无")[number % 4],
        "值班员 00012345678",
    )  # fmt: skip


@cache
def _content(*, faulty: bool) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        with xlsxwriter.Workbook(path, {"constant_memory": False, "strings_to_urls": False}) as book:
            sheet = book.add_worksheet("主机")
            sheet.write_row(0, 0, HEADINGS)
            for number in range(ROWS):
                sheet.write_row(number + 1, 0, _row(number, is_faulty=faulty and number % FAULTY_EVERY == 0))
        return path.read_bytes()


@contextmanager
def _file(*, faulty: bool = False) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "主机.xlsx"
        path.write_bytes(_content(faulty=faulty))
        yield path


def stored() -> float:
    with _file() as path, Store.open(f"sqlite:///{path.parent}/store.db", create=True) as store:
        started = time.perf_counter()
        read = read_ledgers([path], KNOWN)
        facts = read.facts
        if not read.is_clean or len(facts.servers) != ROWS:
            raise AssertionError(read.faults[:3])
        store.upsert((*facts.servers, *facts.databases, *facts.middleware), who="bench", why="speed", source="ledgers")
        return time.perf_counter() - started


def refused() -> float:
    with _file(faulty=True) as path:
        started = time.perf_counter()
        read = read_ledgers([path], KNOWN)
        took = time.perf_counter() - started
    if len(read.faults) != ROWS // FAULTY_EVERY:
        raise AssertionError(len(read.faults))
    return took


def with_openpyxl() -> float:
    """Reading alone: every cell is visited and nothing is judged or kept."""
    with _file() as path:
        started = time.perf_counter()
        sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
        cells = sum(1 for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None)
        if cells < ROWS:
            raise AssertionError(cells)
        return time.perf_counter() - started


PEER = {"peer": with_openpyxl, "peer_name": "openpyxl, reading alone", "unit": "s", "goal": "ours <= 10"}
BENCHMARKS = {
    "import-50k": {"ours": stored, **PEER},
    "import-50k-refused": {"ours": refused, **PEER},
}
