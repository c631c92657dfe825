"""From configuration text to every list's exact set and its never-matching lines.

The figures of others: Batfish of 2026 takes 22 and 118 CPU s for lists of 10,000 and 50,000 lines, and 21 CPU s with
1.3 GB for the Stanford configurations.
"""

import os
import resource
import time
from pathlib import Path

from ios_lists import ios_list

from qianyun.verify.acls.filters import Sets
from qianyun.verify.acls.ios import read_ios

ROOT = Path(__file__).parent.parent.parent
SHARED = Path(os.environ.get("QIANYUN_SHARED", ROOT.parent / "shared"))


def analysed(texts: dict[str, str]) -> float:
    """CPU seconds for all lists of some configurations."""
    started = time.process_time()
    for name, text in texts.items():
        for each in read_ios(text, name).filters.values():
            sets = Sets(each)
            if not sets.passing and each.lines:
                continue
            sets.never_matching()
    return time.process_time() - started


def long_memory() -> float:
    """Greatest resident memory of a process that answers for one list of 50,000 lines."""
    long_list(50_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def long_list(lines: int) -> float:
    """One list of so many lines."""
    return analysed({"long": ios_list(lines)})


def one_more_question() -> float:
    """What another packet meets in a list of 10,000 lines that is loaded."""
    sets = Sets(read_ios(ios_list(10_000), "long").filters["ip LONG"])
    started = time.process_time()
    sets.deciders(9_000)
    return time.process_time() - started


def holes() -> float:
    """200 lines between wildcards with holes, up to 65,536 pieces each."""
    ends = (
        "10.0.0.1 0.255.255.0", "10.0.0.0 0.170.170.170", "172.16.0.3 0.0.254.252", "10.1.0.9 0.0.255.0",
        "10.0.0.5 0.255.0.254", "192.168.0.1 0.0.85.170",
    )  # fmt: skip
    listed = (
        f" {'deny' if at % 3 else 'permit'} tcp {ends[at % 6]} {ends[(at * 5 + 1) % 6]} eq {at}" for at in range(200)
    )
    return analysed({"holes": "\n".join(["ip access-list extended HOLES", *listed, " permit ip any any", ""])})


def stanford() -> float:
    """The sixteen configurations of the Stanford backbone, 17,735 lines."""
    folder = SHARED / "data" / "zones" / "stanford-backbone"
    return analysed({path.name: path.read_text(encoding="latin-1") for path in sorted(folder.glob("*_config.txt"))})


BENCHMARKS = {
    "ios-10k": {"ours": lambda: long_list(10_000), "unit": "CPU s", "goal": "ours <= 2.5"},
    "ios-50k": {"ours": lambda: long_list(50_000), "unit": "CPU s", "goal": "ours <= 20"},
    "ios-50k-memory": {"ours": long_memory, "unit": "MiB", "goal": "ours <= 1100"},
    "ios-question": {"ours": one_more_question, "unit": "CPU s", "goal": "ours <= 0.1"},
    "ios-wildcards": {"ours": holes, "unit": "CPU s", "goal": "ours <= 5"},
    "stanford-text": {"ours": stanford, "unit": "CPU s", "goal": "ours <= 2"},
}
