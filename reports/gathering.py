"""Gather what a report speaks of: the declaration in a folder, and what the store remembers."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from qianyun.estate.observation import Observation
from qianyun.importers.declaration import load_calendar, load_policy, load_pools
from qianyun.importers.faults import CellFault
from qianyun.importers.ledgers import Ledgers
from qianyun.plan.plan import Plan
from qianyun.plan.replan import problem_under
from qianyun.store import Store
from qianyun.track.states import TrackedKind
from reports.planned import move_plan
from reports.proving import prove_collected
from reports.results import DeviceSeen, LedgerFault, MovePlan, Results
from reports.tracked import tracked_plan
from reports.worlds import forecast_at, problem_at

CHINA = timezone(timedelta(hours=8), "+08:00")
"""The clock that reports are read by, whatever machine writes them."""
FLOWS = "flow."
"""How attributes of relations between devices begin."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=CHINA)


def gather(
    folder: Path,
    store: Store,
    *,
    classification: str,
    ledgers: Ledgers | None = None,
    looked_from: datetime | None = None,
) -> Results:
    """Everything that is known of one estate, as of the last thing that the store learned.

    Rules that were collected from gateways are proved against the policy of that day.

    Args:
        folder: Of the estate's declaration.
        store: With its facts, observations and plans.
        classification: Mark that every page and sheet carries.
        ledgers: The ledgers of an import, where their faults are to be told.
        looked_from: The moment from which is looked ahead; when the store last learned something by default.

    Raises:
        DeclarationError: A file of the folder is faulty; says all faults.
    """
    policy, calendar, pools = load_policy(folder), load_calendar(folder), load_pools(folder)
    estate, moment = store.estate(), looked_from or as_of(store)
    found = forecast_at(folder, store, moment.date()) if store.standings(TrackedKind.SYSTEM) else None
    return Results(
        label=policy.estate,
        as_of=moment,
        classification=classification,
        estate=estate,
        policy=policy,
        calendar=calendar,
        pools=pools,
        plan=tracked_plan(found) if found else _plan(folder, store),
        forecast=found,
        verification=prove_collected(folder, store, policy, moment.date()),
        devices=devices_of(store),
        faults=None if ledgers is None else tuple(map(_fault, ledgers.faults)),
    )


def evening_of(day: date) -> datetime:
    """The end of a working day, when its data is in."""
    return datetime(day.year, day.month, day.day, 18, tzinfo=CHINA)


def as_of(store: Store) -> datetime:
    """When the store last learned something; the same store gives the same time."""
    moments = [
        *(change.cause.at for change in store.history()),
        *(run.ended_at or run.started_at for run in store.runs()),
        *(plan.made_at for plan in store.plans()),
        *(entry.at for entry in store.log()),
    ]
    return max(moments, default=LONG_AGO).astimezone(CHINA)


def devices_of(store: Store) -> tuple[DeviceSeen, ...]:
    """Every device that was ever seen, by name, with when it was seen last."""
    ways = {run.name: run.collector for run in store.runs()}
    seen: dict[str, list[Observation]] = {}
    for observation in store.latest():
        if observation.attribute.startswith(FLOWS):
            continue  # between devices, not of one
        seen.setdefault(observation.subject, []).append(observation)
    devices = (_device(subject, observations, ways) for subject, observations in seen.items())
    return tuple(sorted(devices, key=lambda device: (device.name, str(device.seen_at))))


def _fault(fault: CellFault) -> LedgerFault:
    return LedgerFault(
        file=fault.path.name, sheet=fault.sheet, cell=fault.cell, value=fault.value, what=fault.what, mend=fault.mend
    )


def _device(subject: str, observations: list[Observation], ways: Mapping[str, str]) -> DeviceSeen:
    last = max(observations, key=lambda each: (each.seen_at, each.run))
    told = {each.attribute: str(each.value) for each in observations if each.value}
    vendor, model = told.get("device.vendor", ""), told.get("device.model", "")
    return DeviceSeen(
        name=told.get("device.name") or told.get("device.address") or subject,
        model=" ".join(_once(vendor, model)),
        way=ways.get(last.run, ""),
        seen_at=last.seen_at.astimezone(CHINA),
        facts=len(observations),
    )


def _once(vendor: str, model: str) -> Iterator[str]:
    """Vendor and model without saying the vendor twice."""
    if vendor and not model.lower().startswith(vendor.lower()):
        yield vendor
    if model:
        yield model


def _plan(folder: Path, store: Store) -> MovePlan | None:
    """The newest plan; it says so when the facts have changed since it was made."""
    plans = store.plans()
    if not plans:
        return None
    plan = Plan.from_text(plans[-1].body)
    return move_plan(problem_under(problem_at(folder, store, plan.begins), plan), plan)
