"""`make long [ONLY=name,…] [SEED=1] [N=…]`: the long modes, for a night rather than for every change.

A module `tests/long/<name>.py` holds

    def run(seed: int, count: int | None) -> None: ...

which does `count` rounds of its work (its own usual number for `None`), prints how far it is, and raises on the first
round that fails, with the seed that shows it again. Each runs in a process of its own.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SEARCHED = [str(ROOT), str(ROOT / "tests" / "support")]
"""Where modules find this checkout and what several tests share, as in pytest."""
sys.path[:0] = SEARCHED


def modules() -> dict[str, Path]:
    """Long modes by name."""
    return {path.stem: path for path in sorted(HERE.glob("*.py")) if path != Path(__file__)}


def run(path: Path, seed: int, count: int | None) -> None:
    """The work of one process."""
    spec = importlib.util.spec_from_file_location(f"long_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} is no Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    module.run(seed, count)


def passes(name: str, path: Path, seed: int, count: int | None) -> bool:
    """Run one mode in a fresh process and tell how it ended."""
    arguments = ["--module", str(path), "--seed", str(seed), *(["--count", str(count)] if count else [])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(SEARCHED), "PYTHONUNBUFFERED": "1"}
    started = time.monotonic()
    print(f"{name}: seed {seed}", flush=True)
    done = subprocess.run([sys.executable, __file__, *arguments], cwd=ROOT, env=environment, check=False)
    end = "passed" if done.returncode == 0 else f"FAILED; again with: make long ONLY={name} SEED={seed}"
    print(f"{name}: {end} after {time.monotonic() - started:.0f} s", flush=True)
    return done.returncode == 0


def main() -> int:
    """Run what is wanted; 1 when one fails, 2 when a name is unknown."""
    parser = argparse.ArgumentParser(description="Long modes, seeded.")
    parser.add_argument("only", nargs="*", help="names of modes, separated by blanks or commas")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=None)
    parser.add_argument("--module", type=Path, default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.module:
        run(options.module, options.seed, options.count)
        return 0
    known = modules()
    only = [name for words in options.only for name in words.split(",") if name] or list(known)
    unknown = [name for name in only if name not in known]
    if unknown:
        print(f"no long mode is called {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    ended = [passes(name, known[name], options.seed, options.count) for name in only]
    return 0 if all(ended) else 1


if __name__ == "__main__":
    sys.exit(main())
