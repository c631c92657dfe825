"""Two sides of an exchange zone in one folder: what they are told, their keys, and how they are run."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from qianyun.exchange.__main__ import keys
from qianyun.exchange.identity import check_character
from qianyun.exchange.keys import private, public_text, secret
from qianyun.exchange.masking import Masking
from qianyun.exchange.settings import Settings, load_settings
from qianyun.policy.channels import (
    Channel,
    Column,
    ContentKind,
    Delivery,
    DeliveryKind,
    Mask,
    Side,
    Source,
    SourceKind,
    Treatment,
)

ROOT = Path(__file__).parent.parent.parent
TITLES = ("number", "applicant", "identity", "phone", "address", "day")
COLUMNS = (
    Column(name="number", required=True, pattern=r"A\d{6}", unique=True),
    Column(name="applicant", required=True, longest=20),
    Column(name="identity", required=True),
    Column(name="phone"),
    Column(name="address"),
    Column(name="day", pattern=r"\d{4}-\d{2}-\d{2}"),
)
MASKS = (
    Mask(field="applicant", treatment=Treatment.NAME),
    Mask(field="identity", treatment=Treatment.PSEUDONYM_IDENTITY),
    Mask(field="phone", treatment=Treatment.PHONE),
    Mask(field="address", treatment=Treatment.ADDRESS),
)


def identity(number: int) -> str:
    """An identity number with a right check character, of a region that is given to no place."""
    first = f"990101{1950 + number % 50}{1 + number % 12:02d}{1 + number % 28:02d}{number % 1000:03d}"
    return first + check_character(first)


def table(rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file with the usual titles."""
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows([TITLES, *rows])
    return written.getvalue().encode()


def usual(number: int, rows: int = 3) -> bytes:
    """A right file of applications; each number another one."""
    where, day = "某省某市某区某路1号", "2026-11-25"
    return table(
        (f"A{number * 1000 + row:06d}", "测试甲", identity(number * 7 + row), f"1380000{row:04d}", where, day)
        for row in range(rows)
    )


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Both sides, in folders below one."""

    folder: Path
    channels: tuple[Channel, ...]

    @property
    def source(self) -> Path:
        return self.folder / "source"

    @property
    def target(self) -> Path:
        return self.folder / "target"

    def file(self, side: Side) -> Path:
        return self.folder / f"{side}.json"

    def settings(self, side: Side) -> Settings:
        return load_settings(self.file(side))

    def tell(self, **further: object) -> None:
        """Write what each side is told, make its keys, and give each the other's public half."""
        for side in Side:
            home = self.folder / side
            (home / "keys").mkdir(mode=0o700, parents=True, exist_ok=True)
            said = {
                "side": side,
                "home": str(home),
                "ferry": str(self.folder / "ferry"),
                "keys": str(home / "keys"),
                "channels": [asdict(channel) for channel in self.channels],
                "keep_free_mib": 0,
                "declaration": "sha256:declared",
                **further,
            }
            self.file(side).write_text(json.dumps(said, ensure_ascii=False))
            keys(home / "keys")
        for side in Side:
            own = private(self.folder / side / "keys" / "signing.key")
            (self.folder / side.other / "keys" / "other.pub").write_text(public_text(own))

    def put(self, name: str, content: bytes) -> Path:
        """Lay a file ready, as a department must: written aside, then renamed; old enough to have settled."""
        aside = self.source / f".{name}"
        aside.write_bytes(content)
        os.utime(aside, (1_700_000_000, 1_700_000_000))
        aside.rename(self.source / name)
        return self.source / name

    def delivered(self) -> Mapping[str, bytes]:
        """Delivered files by name; a name twice is told apart by its parcel."""
        found = {}
        for parcel in sorted(self.target.glob("*/*")):
            if parcel.parent.name.startswith("."):
                continue
            for path in parcel.iterdir():
                if not path.name.startswith("manifest."):
                    found[path.name if path.name not in found else f"{parcel.name}/{path.name}"] = path.read_bytes()
        return found

    def masked(self, content: bytes) -> bytes:
        """A file as it must arrive."""
        return Masking(self.channels[0], secret(self.settings(Side.OUTER).keys / "pseudonyms.key")).apply(content)

    def start(self, side: Side) -> "subprocess.Popen[str]":
        """A side's broker, as its own process."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "QIANYUN_LANG": "en"}
        command = [sys.executable, "-m", "qianyun.exchange", "serve", str(self.file(side))]
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def sides(folder: Path, **changed: object) -> Sides:
    """Two sides with one channel of applications, from the outer to the inner one."""
    given: dict[str, object] = {
        "name": "applications",
        "label": "applications",
        "begins_at": Side.OUTER,
        "pull": Source(kind=SourceKind.FOLDER, path=str(folder / "source"), settled_s=0, every_s=0),
        "deliver": Delivery(kind=DeliveryKind.FOLDER, path=str(folder / "target")),
        "content": ContentKind.CSV,
        "columns": COLUMNS,
        "masks": MASKS,
        **changed,
    }
    made = Sides(folder=folder, channels=(Channel(**given),))  # type: ignore[arg-type] # a test names what it changes
    for each in (made.source, made.target):
        each.mkdir(parents=True)
    made.tell()
    return made
