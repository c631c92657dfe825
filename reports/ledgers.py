"""The ledgers (台账) as tables: waves, systems, rooms, lines, savings, matrix, findings, devices, import faults."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

from qianyun.estate.facts import System
from qianyun.track.withdrawal import LineFate, RoomWithdrawal, saved_by_month
from qianyun.words import _, label
from reports.content import UNKNOWN, Cell, Column, Kind, Mark, Place, Table, Unknown, grouped
from reports.gantt import WaveState
from reports.matrix import MatrixView
from reports.results import DeviceSeen, Results
from reports.tones import Tone

Value = TypeVar("Value")
LONG = 60
REASONS = 3
"""How many of a wave's commonest reasons its row says."""


def wave_name(number: int) -> str:
    """A wave as it is said."""
    return _("wave {n:02}").format(n=number)


def waves_table(results: Results) -> Table:
    """One row a wave, with its size, the rooms it frees and its reasons."""
    rows: list[tuple[Cell, ...]] = []
    waves = results.plan.waves if results.plan else ()
    for wave in waves:
        systems = systems_of(results, wave.number)
        days = [results.cutovers[system.key] for system in systems]
        rows.append(
            (
                wave_name(wave.number),
                _state(wave.state),
                min(days, default=None),
                max(days, default=None),
                len(systems),
                len({system.department for system in systems}),
                sum(results.moves[system.key].vcpu for system in systems),
                sum((system.data_gib or Decimal(0) for system in systems), Decimal(0)),
                "、".join(rooms_of(results, wave.number)),
                wave.why or _reasons(results, wave.number),
            )
        )
    return Table(
        name="waves",
        title=_("Wave plan"),
        note=_("what moves when, how much it is, which rooms it frees and why"),
        columns=(
            Column(title=_("wave")),
            Column(title=_("state"), kind=Kind.MARK),
            Column(title=_("first cut-over"), kind=Kind.DATE),
            Column(title=_("last cut-over"), kind=Kind.DATE),
            Column(title=_("systems"), kind=Kind.NUMBER),
            Column(title=_("departments"), kind=Kind.NUMBER),
            Column(title=_("vCPU"), kind=Kind.NUMBER),
            Column(title=_("data GiB"), kind=Kind.NUMBER),
            Column(title=_("rooms freed"), width=LONG),
            Column(title=_("reason"), width=LONG),
        ),
        rows=tuple(rows),
        anchors=tuple(f"wave-{wave.number}" for wave in waves),
        empty=_("no plan yet: run qianyun plan make"),
    )


def systems_table(results: Results) -> Table:
    """Every system with its wave, by wave; those without one last."""
    order = sorted(
        results.estate.systems,
        key=lambda s: (_wave_of(results, s) or 10**6, str(results.cutovers.get(s.key, "")), str(s.key)),
    )
    return Table(
        name="systems",
        title=_("Systems"),
        columns=(
            Column(title=_("wave")),
            Column(title=_("cut-over"), kind=Kind.DATE),
            Column(title=_("department")),
            Column(title=_("system")),
            Column(title=_("disposition")),
            Column(title=_("MLPS level"), kind=Kind.NUMBER),
            Column(title=_("room")),
            Column(title=_("target zone")),
            Column(title=_("vCPU"), kind=Kind.NUMBER),
            Column(title=_("memory GiB"), kind=Kind.NUMBER),
            Column(title=_("data GiB"), kind=Kind.NUMBER),
            Column(title=_("longest interruption h"), kind=Kind.NUMBER),
            Column(title=_("maintained by")),
            Column(title=_("reason"), width=LONG),
        ),
        rows=tuple(_system_row(results, system) for system in order),
        empty=_("no system is known"),
        place=Place.FOLDED,
    )


def rooms_table(results: Results) -> Table:
    """What becomes of each room, and when it is free."""
    order = sorted(results.rooms, key=lambda w: (not w.is_wanted, w.free_on is None, str(w.free_on), w.room.name))
    wanted = [withdrawal for withdrawal in results.rooms if withdrawal.is_wanted]
    free = [withdrawal for withdrawal in wanted if withdrawal.free_on]
    return Table(
        name="rooms",
        title=_("Room withdrawal ledger"),
        note=_("{wanted} rooms to close or convert, {free} of them free under this plan").format(
            wanted=len(wanted), free=len(free)
        ),
        columns=(
            Column(title=_("room")),
            Column(title=_("department")),
            Column(title=_("outcome")),
            Column(title=_("reason"), width=LONG),
            Column(title=_("systems"), kind=Kind.NUMBER),
            Column(title=_("systems that stay"), kind=Kind.NUMBER),
            Column(title=_("last cut-over"), kind=Kind.DATE),
            Column(title=_("free from"), kind=Kind.DATE),
            Column(title=_("to be free by"), kind=Kind.DATE),
            Column(title=_("racks"), kind=Kind.NUMBER),
            Column(title=_("monthly cost yuan"), kind=Kind.NUMBER),
            Column(title=_("state"), kind=Kind.MARK),
        ),
        rows=tuple(_room_row(withdrawal) for withdrawal in order),
        empty=_("no room is known"),
    )


def lines_table(results: Results) -> Table:
    """What becomes of each leased line, and what it no longer costs."""
    order = sorted(results.lines, key=lambda w: (w.goes_on is None, str(w.goes_on), w.line.number))
    gone = [withdrawal for withdrawal in results.lines if withdrawal.goes_on]
    return Table(
        name="lines",
        title=_("Leased-line ledger"),
        note=_("{gone} of {all} lines go; {yuan} yuan saved each month").format(
            gone=len(gone), all=len(results.lines), yuan=grouped(monthly_saving(results))
        ),
        columns=(
            Column(title=_("line")),
            Column(title=_("department")),
            Column(title=_("room")),
            Column(title=_("network")),
            Column(title=_("operator")),
            Column(title=_("bandwidth Mbps"), kind=Kind.NUMBER),
            Column(title=_("monthly cost yuan"), kind=Kind.NUMBER),
            Column(title=_("contract end"), kind=Kind.DATE),
            Column(title=_("what becomes of it"), kind=Kind.MARK),
            Column(title=_("goes from"), kind=Kind.DATE),
            Column(title=_("saves yuan a month"), kind=Kind.NUMBER),
        ),
        rows=tuple(
            (
                withdrawal.line.number,
                withdrawal.line.department,
                withdrawal.line.room or UNKNOWN,
                label("Network", withdrawal.line.network),
                label("Operator", withdrawal.line.operator),
                _known(withdrawal.line.bandwidth_mbps),
                _known(withdrawal.line.monthly_cost_yuan),
                _known(withdrawal.line.contract_end),
                _fate(withdrawal.fate),
                withdrawal.goes_on,
                _known(withdrawal.saves_yuan) if withdrawal.goes_on else None,
            )
            for withdrawal in order
        ),
        empty=_("no line is known"),
        place=Place.SHEET,
    )


def savings_table(results: Results) -> Table:
    """What the lines that are gone by then save, month by month."""
    months = saved_by_month(results.lines)
    return Table(
        name="savings",
        title=_("Savings by month"),
        columns=(Column(title=_("month"), kind=Kind.DATE), Column(title=_("saved yuan"), kind=Kind.NUMBER)),
        rows=tuple((f"{month:%Y-%m}", saved) for month, saved in months),
        empty=_("no line goes under this plan"),
        place=Place.SHEET,
    )


def matrix_table(view: MatrixView) -> Table:
    """The zone matrix: source down, destination across."""
    cells = view.by_pair()

    def cell(origin: str, target: str) -> Cell:
        found = cells.get((origin, target))
        return None if found is None or found.tone is None else found.text

    return Table(
        name="matrix",
        title=_("Zone matrix"),
        note=_("source down, destination across; ✔ kept, ▲ partly or waived, ✕ violated, ○ declared and not verified"),
        columns=(
            Column(title=_("source / destination")),
            *(Column(title=zone.label, kind=Kind.MARK) for zone in view.zones),
        ),
        rows=tuple((row.label, *(cell(row.zone, column.zone) for column in view.zones)) for row in view.zones),
        place=Place.SHEET,
    )


def findings_table(results: Results) -> Table:
    """Everything found, worst first, each with its packet, its place and its clause."""
    breaches = results.verification.breaches if results.verification else ()
    grade = {Tone.BAD: _("severe"), Tone.WARN: _("ordinary")}
    return Table(
        name="findings",
        title=_("Findings"),
        columns=(
            Column(title=_("grade"), kind=Kind.MARK),
            Column(title=_("what is wrong"), width=LONG),
            Column(title=_("witness packet"), kind=Kind.CODE, width=LONG),
            Column(title=_("where"), width=LONG),
            Column(title=_("clause")),
            Column(title=_("what to do"), width=LONG),
        ),
        rows=tuple(
            (Mark(tone=b.tone, text=grade.get(b.tone, "")), b.title, b.packet, b.place, b.clause, b.note)
            for b in breaches
        ),
        empty=_("no violation found") if results.verification else _("not verified yet: run qianyun zone verify"),
    )


def devices_table(devices: Iterable[DeviceSeen]) -> Table:
    """What collectors asked, and when it answered."""
    return Table(
        name="devices",
        title=_("Collected devices"),
        columns=(
            Column(title=_("device")),
            Column(title=_("model")),
            Column(title=_("by")),
            Column(title=_("answered at"), kind=Kind.DATE),
            Column(title=_("facts"), kind=Kind.NUMBER),
        ),
        rows=tuple(
            (device.name, device.model or UNKNOWN, device.way, _known(device.seen_at), device.facts)
            for device in devices
        ),
        empty=_("nothing was collected yet: run qianyun collect run"),
        place=Place.SIDE,
    )


def faults_summary(results: Results) -> Table:
    """How many faults each file holds, and its first."""
    faults = results.faults or ()
    counts = Counter(fault.file for fault in faults)
    first = {fault.file: fault for fault in reversed(faults)}
    return Table(
        name="import",
        title=_("Import faults by file"),
        note=_("{n} faults; all of them in the workbook").format(n=len(faults)) if faults else "",
        columns=(
            Column(title=_("file")),
            Column(title=_("faults"), kind=Kind.NUMBER),
            Column(title=_("the first"), width=LONG),
        ),
        rows=tuple(
            (file, count, f"{first[file].sheet}!{first[file].cell} {first[file].what}")
            for file, count in counts.items()
        ),
        empty=_no_faults(results),
        place=Place.SIDE,
    )


def faults_table(results: Results) -> Table:
    """Every fault of the ledgers at its cell."""
    return Table(
        name="faults",
        title=_("Import faults"),
        columns=(
            Column(title=_("file")),
            Column(title=_("sheet")),
            Column(title=_("cell"), kind=Kind.CODE),
            Column(title=_("value")),
            Column(title=_("what is wrong"), width=LONG),
            Column(title=_("what would be right"), width=LONG),
        ),
        rows=tuple((f.file, f.sheet, f.cell, f.value, f.what, f.mend) for f in results.faults or ()),
        empty=_no_faults(results),
        place=Place.SHEET,
    )


def _no_faults(results: Results) -> str:
    if results.faults is None:
        return _("not looked at here: qianyun estate import tells the faults of ledgers")
    return _("no fault: every row was imported")


def systems_of(results: Results, wave: int) -> Sequence[System]:
    """The systems of a wave, in the order of the estate."""
    return [system for system in results.estate.systems if _wave_of(results, system) == wave]


def rooms_of(results: Results, wave: int) -> tuple[str, ...]:
    """Names of the rooms whose last system leaves in a wave and that are then withdrawn."""
    return tuple(
        withdrawal.room.name
        for withdrawal in results.rooms
        if withdrawal.free_on and _last_wave(results, withdrawal) == wave
    )


def monthly_saving(results: Results) -> Decimal:
    """What all lines that go save together in a month."""
    return sum((withdrawal.saves_yuan or Decimal(0) for withdrawal in results.lines), Decimal(0))


def _last_wave(results: Results, withdrawal: RoomWithdrawal) -> int | None:
    waves = [results.moves[key].wave for key in withdrawal.systems if results.moves[key].on == withdrawal.left_on]
    return max((wave for wave in waves if wave is not None), default=None)


def _wave_of(results: Results, system: System) -> int | None:
    move = results.moves.get(system.key)
    return move.wave if move else None


def _reasons(results: Results, wave: int) -> str:
    counts = Counter(move.cause for move in results.moves.values() if move.wave == wave and move.cause)
    return _("; ").join(_("{n} {cause}").format(n=count, cause=cause) for cause, count in counts.most_common(REASONS))


def _known(value: Value | None) -> Value | Unknown:
    return UNKNOWN if value is None else value


def _state(state: WaveState) -> Mark:
    return {
        WaveState.DONE: Mark(tone=Tone.DONE, text=_("done")),
        WaveState.RUNNING: Mark(tone=Tone.RUN, text=_("running")),
        WaveState.PLANNED: Mark(tone=Tone.REST, text=_("planned")),
    }[state]


def _fate(fate: LineFate) -> Mark:
    return {
        LineFate.ROOM_CLOSES: Mark(tone=Tone.DONE, text=_("goes with its room")),
        LineFate.SYSTEMS_MOVED: Mark(tone=Tone.DONE, text=_("goes with its systems")),
        LineFate.WAITS: Mark(tone=Tone.WARN, text=_("waits for systems without a day")),
        LineFate.KEPT: Mark(tone=Tone.REST, text=_("stays")),
    }[fate]


def _system_row(results: Results, system: System) -> tuple[Cell, ...]:
    move = results.moves.get(system.key)
    zone = results.policy.zone_by_name.get(system.zone or "")
    return (
        wave_name(move.wave) if move and move.wave is not None else None,
        move.on if move else None,
        system.department,
        system.name,
        label("Disposition", system.disposition),
        UNKNOWN if system.mlps_level is None else int(system.mlps_level),
        _known(system.room),
        zone.label if zone else _known(system.zone),
        _known(system.vcpu),
        _known(system.memory_gib),
        _known(system.data_gib),
        _known(system.downtime_hours),
        system.maintenance_vendor,
        move.why if move else "",
    )


def _room_row(withdrawal: RoomWithdrawal) -> tuple[Cell, ...]:
    room = withdrawal.room
    return (
        room.name,
        room.department,
        label("RoomOutcome", room.outcome) if room.outcome else UNKNOWN,
        room.outcome_reason,
        len(withdrawal.systems),
        len(withdrawal.staying),
        withdrawal.left_on,
        withdrawal.free_on,
        room.withdraw_by,
        _known(room.rack_count),
        _known(room.monthly_cost_yuan),
        _room_state(withdrawal),
    )


def _room_state(withdrawal: RoomWithdrawal) -> Mark:
    if not withdrawal.is_wanted:
        undecided = withdrawal.room.outcome is None
        return Mark(tone=Tone.WARN, text=_("undecided")) if undecided else Mark(tone=Tone.REST, text=_("stays"))
    if withdrawal.staying:
        return Mark(tone=Tone.BAD, text=_("{n} systems stay").format(n=len(withdrawal.staying)))
    if withdrawal.free_on is None:
        return Mark(tone=Tone.DONE, text=_("no system stands in it"))
    if withdrawal.late_days:
        return Mark(tone=Tone.WARN, text=_("{n} days late").format(n=withdrawal.late_days))
    return Mark(tone=Tone.DONE, text=_("in time"))
