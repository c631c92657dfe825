"""Checks of the network as a whole: where packets go round or end, and whether answers come home (N01 to N03)."""

from collections.abc import Iterator

from qianyun.verify.checks.dossier import Dossier, Told
from qianyun.verify.checks.rulesets import found


def no_loop(dossier: Dossier) -> Iterator[Told]:
    """N01: boxes send no packet round in a circle."""
    return found(dossier, "N01")


def no_black_hole(dossier: Dossier) -> Iterator[Told]:
    """N02: no box is sent packets of a declared flow that it has no route for."""
    return found(dossier, "N02")


def answers_come_home(dossier: Dossier) -> Iterator[Told]:
    """N03: what answers a declared flow comes back through every box, by whatever way it takes."""
    return found(dossier, "N03")
