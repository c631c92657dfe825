"""What a person changed in a plan outside of this program, and what comes of it.

An edit is a day, a pin or a note of one system. What moves together moves along; a changed week is
pinned, so that planning again keeps it; notes travel with the plan. Nothing is judged here: the
checker says what the edits break.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from qianyun.errors import Fault
from qianyun.estate.calendar import week_of
from qianyun.estate.facts import SystemKey
from qianyun.plan.making import make_plan
from qianyun.plan.plan import Note, Plan, Status
from qianyun.plan.problem import Problem
from qianyun.plan.wishes import Pin
from qianyun.words import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What one row of a plan says of its system.

    Attributes:
        on: Any day of the wanted week.
        is_pinned: Whether planning again must keep the week; `None` where the file cannot say.
        note: Likewise `None`.
    """

    system: SystemKey
    on: date
    is_pinned: bool | None = None
    note: str | None = None


def refused(problem: Problem, plan: Plan, digests: tuple[str, str]) -> Fault | None:
    """Why a file is not of this plan and these facts; `None` when it is.

    `digests` are those that the file says it was made from: the plan's, the facts'.
    """
    if digests[0] != plan.digest:
        what = _("was made from plan {theirs}, not from {ours}")
        what = what.format(theirs=digests[0][:15] or "?", ours=plan.digest[:15])
        return Fault(place="plan", what=what, mend=_("name the plan with --plan, or export this one and edit that"))
    if digests[1] != problem.digest:
        what = _("was made for other facts ({theirs}, not {ours})")
        what = what.format(theirs=digests[1][:15] or "?", ours=problem.digest[:15])
        return Fault(place="plan", what=what, mend=_("replan first, export again, and carry the edits over"))
    return None


def torn(problem: Problem, plan: Plan, edits: Mapping[SystemKey, Edit]) -> Iterator[tuple[SystemKey, str]]:
    """Systems that are edited into another week than one they move together with, and what to say of each."""
    for group in problem.groups:
        asked = {key: week_of(edits[key].on) for key in group.systems if key in edits}
        changed = {key: week for key, week in asked.items() if week != plan.weeks[group.number]}
        if len(set(changed.values())) > 1:
            for key, week in changed.items():
                other = next(each for each in changed if changed[each] != week)
                yield (
                    key,
                    _("moves together with {other}, which is set to {day}").format(other=other, day=edits[other].on),
                )


def applied(problem: Problem, plan: Plan, edits: Mapping[SystemKey, Edit]) -> tuple[Problem, Plan]:
    """The plan with all edits, its price and figures anew, and the problem that holds what was set."""
    by_group = dict(plan.weeks)
    declared = tuple(pin for pin in problem.wishes.pins if pin.source)
    told = {pin.system for pin in declared}
    pins = {pin.system: pin for pin in problem.wishes.pins if not pin.source}
    for key, edit in edits.items():
        number = problem.group_of[key].number
        is_moved = week_of(edit.on) != plan.weeks[number]
        if is_moved:
            by_group[number] = week_of(edit.on)
        if is_moved or (edit.is_pinned and key not in pins and key not in told):
            pins[key] = Pin(system=key, on=edit.on, reason=edit.note or "")
        elif edit.is_pinned is False and key in pins and not pins[key].is_frozen:
            del pins[key]
    set_here = tuple(pins[key] for key in sorted(pins, key=str))
    pinned = replace(problem, wishes=replace(problem.wishes, pins=(*declared, *set_here)))
    made = make_plan(pinned, by_group, Status.EDITED, floor=plan.floor, seed=plan.seed, work=plan.work)
    notes = {note.system: note.text for note in plan.notes}
    notes |= {key: edit.note for key, edit in edits.items() if edit.note is not None}
    kept = tuple(Note(system=key, text=notes[key]) for key in sorted(notes, key=str) if notes[key])
    return pinned, replace(made, begins=plan.begins, notes=kept)
