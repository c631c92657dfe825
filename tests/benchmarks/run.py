"""`make bench [ONLY=name,…]`: every benchmark beside its peer, each in a process of its own.

A module `tests/benchmarks/<name>.py` holds one dictionary, read without importing anything of ours:

    BENCHMARKS = {
        "import-50k": {
            "ours": read_with_us,           # () -> float, the figure in `unit`, taken by the function itself
            "peer": read_with_openpyxl,     # the same work done by somebody else; leave out where nobody does it
            "peer_name": "openpyxl",
            "unit": "CPU s",
            "goal": "ours <= 10",           # or "ratio >= 0.95", "gap <= 11"
        },
    }

`ours` may return `(figure, gap)`, the gap being a plan's distance to its bound in percent. A function makes
what it needs, warms up if that is fair, and measures only the work that the name speaks of.

`build/bench.jsonl` gets one line each with `name ours unit peer peer_name ratio goal`, and `gap` where there is one;
ratio = ours / peer. `goal` is the number alone; `holds` is the sentence it stands in and `met` says whether it does.
"""

import argparse
import importlib.util
import json
import operator
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypedDict

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SEARCHED = [str(ROOT), str(ROOT / "tests" / "support")]
"""Where modules find this checkout and what several tests share, as in pytest."""
sys.path[:0] = SEARCHED
RESULTS = ROOT / "build" / "bench.jsonl"
COMPARISONS: dict[str, Callable[[float, float], bool]] = {"<=": operator.le, ">=": operator.ge}

Side = Literal["ours", "peer"]
Figure = float | tuple[float, float]
talk = Console(stderr=True, highlight=False)


class Declared(TypedDict, total=False):
    """What a module says of one benchmark."""

    ours: Callable[[], Figure]
    peer: Callable[[], float]
    peer_name: str
    unit: str
    goal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A benchmark and the module that holds it."""

    name: str
    module: Path
    declared: Declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the results.

    Attributes:
        ours: `None` when the process failed; then the goal is not met.
        ratio: ours / peer; `None` without a peer.
        holds: The goal as a sentence, for example `ours <= 10`.
    """

    name: str
    ours: float | None
    unit: str
    peer: float | None
    peer_name: str
    ratio: float | None
    goal: float
    holds: str
    met: bool
    gap: float | None = None


def benchmarks() -> Iterator[Benchmark]:
    """All of them, by module and then as declared."""
    for path in sorted(HERE.glob("*.py")):
        if path != Path(__file__):
            yield from benchmarks_of(path)


def benchmarks_of(path: Path) -> list[Benchmark]:
    """Those of one module."""
    spec = importlib.util.spec_from_file_location(f"benchmark_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} is no Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    declared: dict[str, Declared] = module.BENCHMARKS
    return [Benchmark(name=name, module=path, declared=entry) for name, entry in declared.items()]


def is_wanted(benchmark: Benchmark, only: list[str]) -> bool:
    """By its own name or by its module's."""
    return not only or benchmark.name in only or benchmark.module.stem in only


def measured(benchmark: Benchmark, side: Side) -> Figure | None:
    """The figure that a fresh process comes to; `None` when that process fails."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as answer:
        command = [sys.executable, __file__, "--measure", str(benchmark.module), benchmark.name, side, answer.name]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(SEARCHED)}
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=sys.stderr, check=False)
        if done.returncode:
            return None
        figure = json.loads(answer.read())
    return (float(figure[0]), float(figure[1])) if isinstance(figure, list) else float(figure)


def measure(path: Path, name: str, side: Side, answer: Path) -> None:
    """The work of that fresh process."""
    [benchmark] = [found for found in benchmarks_of(path) if found.name == name]
    answer.write_text(json.dumps(benchmark.declared[side]()))


def row_of(benchmark: Benchmark) -> Row:
    """Measure both sides and judge them by the goal."""
    declared = benchmark.declared
    figure = measured(benchmark, "ours")
    ours, gap = figure if isinstance(figure, tuple) else (figure, None)
    peer = measured(benchmark, "peer") if "peer" in declared else None
    ratio = ours / peer if ours is not None and isinstance(peer, float) and peer else None
    subject, comparison, limit = declared["goal"].split()
    value = {"ours": ours, "ratio": ratio, "gap": gap}[subject]
    return Row(
        name=benchmark.name,
        ours=ours,
        unit=declared["unit"],
        peer=peer if isinstance(peer, float) else None,
        peer_name=declared.get("peer_name", ""),
        ratio=ratio,
        goal=float(limit),
        holds=declared["goal"],
        met=value is not None and COMPARISONS[comparison](value, float(limit)),
        gap=gap,
    )


def line_of(row: Row) -> str:
    """The row as one JSON line; `gap` only where there is one."""
    return json.dumps({key: value for key, value in asdict(row).items() if key != "gap" or value is not None})


def table_of(rows: list[Row]) -> Table:
    """The rows as people read them."""
    table = Table("benchmark", "ours", "unit", "peer", "", "ours/peer", "gap %", "goal", "")
    for row in rows:
        figures = [_short(figure) for figure in (row.ours, row.peer, row.ratio, row.gap)]
        mark = "[green]met[/]" if row.met else "[red]missed[/]"
        table.add_row(row.name, figures[0], row.unit, figures[1], row.peer_name, *figures[2:], row.holds, mark)
    return table


def _short(figure: float | None) -> str:
    return "–" if figure is None else f"{figure:,.3g}" if abs(figure) < 1000 else f"{figure:,.0f}"


def main() -> int:
    """Measure what is wanted; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description="Benchmarks beside their peers.")
    parser.add_argument("only", nargs="*", help="names of benchmarks or modules, separated by blanks or commas")
    parser.add_argument("--measure", nargs=4, metavar=("MODULE", "NAME", "SIDE", "ANSWER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        path, name, side, answer = options.measure
        measure(Path(path), name, side, Path(answer))
        return 0
    return bench([name for words in options.only for name in words.split(",") if name])


def bench(only: list[str]) -> int:
    """Run them, write the lines and show the table."""
    wanted = [found for found in benchmarks() if is_wanted(found, only)]
    unknown = [name for name in only if not any(is_wanted(found, [name]) for found in wanted)]
    if unknown:
        talk.print(f"no benchmark and no module is called {', '.join(unknown)}")
        return 2
    rows = []
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", encoding="utf-8") as results:
        for benchmark in wanted:
            talk.print(f"… {benchmark.name}")
            rows.append(row_of(benchmark))
            print(line_of(rows[-1]), file=results, flush=True)
    Console(width=None if sys.stdout.isatty() else 140).print(table_of(rows))
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
