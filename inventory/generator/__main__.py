"""Write the sample estates: `python -m inventory.generator [province|city …] [--into FOLDER]`."""

import argparse
import csv
import shutil
from collections.abc import Callable
from pathlib import Path

from inventory.generator.books import write_book
from inventory.generator.devices import write_devices
from inventory.generator.estate import SAFETY_PERCENT, Sample, city, province
from inventory.generator.ledgers import Ledgers, city_ledgers, province_ledgers
from inventory.generator.progress import baseline, progress_grids

INVENTORY = Path(__file__).parent.parent
ESTATES: dict[str, tuple[Callable[[], Sample], Callable[[Sample], Ledgers]]] = {
    "province": (province, province_ledgers),
    "city": (city, city_ledgers),
}


def write_estate(name: str, folder: Path) -> None:
    """Write the ledgers, the catalogue of their faults, the progress and `cloud.yml` of one sample."""
    draw, fill_in = ESTATES[name]
    sample = draw()
    ledgers = fill_in(sample)
    target = _empty(folder / "ledgers")
    for book in ledgers.books:
        write_book(target, book.name, book.format, book.grids)
    if ledgers.faults:
        _write_faults(folder / "faults.csv", ledgers)
        write_devices(folder)
    grids = progress_grids(sample.recipe.seed, ledgers.facts, baseline(INVENTORY / name / "baseline.csv"))
    write_book(_empty(folder / "progress"), "迁云推进表", "xlsx", grids)
    (folder / "cloud.yml").write_text(cloud_text(sample), encoding="utf-8")


def _empty(folder: Path) -> Path:
    """The folder, with nothing in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _write_faults(path: Path, ledgers: Ledgers) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("file", "sheet", "cell", "kind", "value", "right"))
        writer.writerows((f.file, f.sheet, f.cell, f.kind, f.value, f.right) for f in ledgers.faults)


def cloud_text(sample: Sample) -> str:
    """The declaration of the cloud's capacity."""
    lines = [
        "# 云平台各分区容量，随扩容分期增长；由 make sample 写成。",
        f"# safety_percent：规划时最多用到容量的百分之几（{SAFETY_PERCENT}）。",
        "pools:",
    ]
    zone = ""
    for pool in sample.estate.pools:
        if pool.zone != zone:
            zone = pool.zone
            lines.append(f"  {zone}:")
        sizes = f"vcpu: {pool.vcpu}, memory_gib: {pool.memory_gib}, storage_gib: {pool.storage_gib}"
        lines.append(f"    - {{from: {pool.starts_on}, {sizes}, safety_percent: {pool.safety_percent}}}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write what was asked for, or both."""
    parser = argparse.ArgumentParser(prog="python -m inventory.generator", description=__doc__)
    parser.add_argument("estates", nargs="*", help="province, city; both by default")
    parser.add_argument("--into", type=Path, default=INVENTORY, help="folder that holds the estates' folders")
    asked = parser.parse_args()
    for name in asked.estates or ESTATES:
        write_estate(name, asked.into / name)


if __name__ == "__main__":
    main()
