"""The unified internet egress (统一出口): its links, what is published there, how full it may get.

One egress serves everyone; no department builds, rents or keeps its own.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from qianyun.estate.kinds import Operator
from qianyun.policy.profile import Prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressLink:
    """One link to an operator.

    Attributes:
        core: The core router it ends on; two cores share the load.
        path: The route of the cable, so that two links on one path are seen.
        starts_on: First day on which it carries traffic.
        prefixes: Public addresses behind which departments go out.
    """

    name: str
    operator: Operator
    bandwidth_mbps: int
    core: str
    room: str
    path: str = ""
    starts_on: date
    prefixes: tuple[Prefix, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A system of the internet zone that everybody can reach, and under which addresses."""

    endpoint: str
    system: str
    prefixes: tuple[Prefix, ...]
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Egress:
    """The one egress.

    Attributes:
        threshold_percent: Highest share of the bandwidth that peaks may take.
        no_new_lines_from: From this day on no internet line is leased or renewed elsewhere.
    """

    name: str
    threshold_percent: int
    links: tuple[EgressLink, ...]
    no_new_lines_from: date | None = None
    publications: tuple[Publication, ...] = ()

    def capacity_mbps(self, on: date) -> int:
        """Bandwidth of all links in service on a day."""
        return sum(link.bandwidth_mbps for link in self.links if link.starts_on <= on)

    def usable_mbps(self, on: date) -> int:
        """What peaks may take on a day."""
        return self.capacity_mbps(on) * self.threshold_percent // 100

    @cached_property
    def prefixes(self) -> tuple[Prefix, ...]:
        """All public addresses behind which departments go out."""
        return tuple(prefix for link in self.links for prefix in link.prefixes)
