"""What a move must wait for or be done before: filing, assessment, contract; and what it takes of the egress.

All this is known of one system alone, from the ledgers and from what the wishes ask.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from qianyun.errors import Fault
from qianyun.estate.facts import Server, System, SystemKey
from qianyun.estate.kinds import MlpsLevel
from qianyun.plan.moves import TO_CLOUD
from qianyun.plan.opening import Opening
from qianyun.plan.problem import Lapse, Move, MoveGroup, Until
from qianyun.plan.wishes import Wishes
from qianyun.words import _

KBPS_A_MBPS = 1000
DAYS_A_MONTH = 30.4375


def unfiled(system: System, wishes: Wishes) -> str | None:
    """Why a system may not be planned before it is filed; `None` when that is no question."""
    graded = (system.mlps_level or 0) >= MlpsLevel.TWO and system.disposition in TO_CLOUD
    if not wishes.wants_filing or not graded or system.filing_number or system.filed_on:
        return None
    return _("has protection level {level}, but neither a filing number nor a day of filing").format(
        level=int(system.mlps_level or 0)
    )


def gated(move: Move, system: System, wishes: Wishes) -> Move:
    """The move with its day of filing, the days it must be done by, and whether it is assessed again."""
    to_cloud = move.zone is not None
    is_important = (system.mlps_level or 0) >= MlpsLevel.THREE
    until = []
    if wishes.keeps_contracts and system.contract_end:
        until.append(Until(kind=Lapse.CONTRACT, by=system.contract_end))
    if wishes.assessment_months and system.assessed_on and is_important:
        lasts = timedelta(days=round(wishes.assessment_months * DAYS_A_MONTH))
        until.append(Until(kind=Lapse.ASSESSMENT, by=system.assessed_on + lasts))
    return replace(
        move,
        filed_on=system.filed_on if wishes.wants_filing and to_cloud else None,
        until=tuple(until),
        is_assessed=wishes.reassess_per_week is not None and to_cloud and is_important,
    )


def reaching(move: Move, system: System, servers: Sequence[Server], wishes: Wishes) -> Move:
    """The move with what it takes of the egress and how many addresses: as declared, else by rule."""
    if move.zone is None:
        return move
    need = next((need for need in wishes.needs if need.system == move.system), None)
    mbps = math.ceil((system.user_count or 0) * wishes.egress_kbps_a_user / KBPS_A_MBPS)
    if need and need.egress_mbps is not None:
        mbps = need.egress_mbps
    addresses = need.addresses if need and need.addresses is not None else max(1, len(servers))
    return replace(move, egress_mbps=mbps, addresses=addresses)


def servers_of(servers: Iterable[Server]) -> Mapping[SystemKey, list[Server]]:
    """Servers by system."""
    found: dict[SystemKey, list[Server]] = {}
    for server in servers:
        found.setdefault(SystemKey(department=server.department, name=server.system), []).append(server)
    return found


def lapsed(
    groups: Iterable[MoveGroup], moves: Mapping[SystemKey, Move], opening: Opening
) -> tuple[dict[SystemKey, Move], tuple[Fault, ...]]:
    """Moves without what ends before they could move at all, each told: it has to be renewed whatever is planned."""
    kept = dict(moves)
    told = []
    for group in groups:
        weeks = opening.weeks_of([moves[key] for key in group.systems])
        for key in group.systems:
            first = opening.days[key.department][opening.weeks[weeks[0]]]
            over = [until for until in moves[key].until if until.by < first]
            if over:
                kept[key] = replace(kept[key], until=tuple(u for u in kept[key].until if u not in over))
                told += list(_renewals(key, over, first))
    return kept, tuple(told)


def _renewals(key: SystemKey, over: Iterable[Until], first: date) -> Iterator[Fault]:
    for until in over:
        what = {
            Lapse.CONTRACT: _("its maintenance contract ends on {by}, before it can move on {first}"),
            Lapse.ASSESSMENT: _("its assessment lapses on {by}, before it can move on {first}"),
        }[until.kind]
        mend = {
            Lapse.CONTRACT: _("renew the contract; it is planned as renewed"),
            Lapse.ASSESSMENT: _("assess it once more before it moves; it is planned as assessed"),
        }[until.kind]
        yield Fault(place=f"system {key}", what=what.format(by=until.by, first=first), mend=mend)
