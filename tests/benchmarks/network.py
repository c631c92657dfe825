"""From a stream of rules to every exact set of packets between a router and an edge port.

The stream is the one that APKeep (NSDI 2020) publishes of the Stanford backbone. No program of others that
answers the same question for it runs here without Java; the goal is a bound on our own.
"""

import os
import time
from pathlib import Path

from stanford import stanford_stream

from qianyun.verify.network.model import Port
from qianyun.verify.network.reaching import hops_of

ROOT = Path(__file__).parent.parent.parent
SHARED = Path(os.environ.get("QIANYUN_SHARED", ROOT.parent / "shared"))


def stanford_edges() -> float:
    """3,840 forwarding and 686 filter rules of sixteen routers, from the text to all sets."""
    started = time.process_time()
    network = stanford_stream(SHARED / "data" / "zones" / "apkeep" / "networks" / "stanford")
    hops = hops_of(network)
    found = [hops.reach(Port(box.name)) for box in network.boxes]
    spent = time.process_time() - started
    if sum(len(reach.leaving) for reach in found) < 1000:
        raise SystemExit("too few ports are reached: the stream was not read")
    return spent


BENCHMARKS = {
    "stanford-edges": {"ours": stanford_edges, "unit": "CPU s", "goal": "ours <= 0.5"},
}
