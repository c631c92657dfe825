"""The plan as a workbook that planners edit: weeks, pins and notes go back with `plan import`.

One row a system. Cells to edit are coloured; the others are there to be read. A second sheet holds
the digests of the plan and of the facts, so that edits never land on another plan.
"""

import io
from datetime import datetime, time

import xlsxwriter

from qianyun.plan.plan import Plan
from qianyun.plan.problem import Problem
from qianyun.words import _, label

YES = "是"
EDITED_COLUMNS = (2, 3, 4)
WIDTHS = (22, 30, 12, 8, 30, 8, 30, 12, 12, 24)
EDITABLE, HEAD = "#FAF0DC", "#EEF0F3"
SHEETS = ("批次计划", "来源")
HEADS = ("部门", "业务系统", "割接日", "固定", "备注", "批次", "迁移组", "处置", "分区", "机房")
"""Headings are those of the ledgers and in no other language: the importer reads them."""


def plan_book(problem: Problem, plan: Plan) -> bytes:
    """The workbook; the same plan gives the same bytes."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": SHEETS[0], "created": datetime.combine(problem.calendar.first, time())})
    sheet, source = book.add_worksheet(SHEETS[0]), book.add_worksheet(SHEETS[1])
    head = book.add_format({"bold": True, "bg_color": HEAD})
    day = {"num_format": "yyyy-mm-dd"}
    plain = (book.add_format(), book.add_format(day))
    editable = (book.add_format({"bg_color": EDITABLE}), book.add_format({"bg_color": EDITABLE, **day}))
    for x, (title, width) in enumerate(zip(HEADS, WIDTHS, strict=True)):
        sheet.write_string(0, x, title, head)
        sheet.set_column(x, x, width)
    rows = _rows(problem, plan)
    for y, row in enumerate(rows, start=1):
        for x, cell in enumerate(row):
            text, dated = editable if x in EDITED_COLUMNS else plain
            if isinstance(cell, str):
                sheet.write_string(y, x, cell, text)
            elif isinstance(cell, int):
                sheet.write_number(y, x, cell, text)
            else:
                sheet.write_datetime(y, x, cell, dated)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(1, len(rows)), len(HEADS) - 1)
    sheet.data_validation(1, 3, max(1, len(rows)), 3, {"validate": "list", "source": [YES, "否"]})
    told = (
        ("plan", plan.digest),
        ("facts", plan.problem_digest),
        (_("how to edit"), _("change the cut-over day, pin with 是, write notes; then qianyun plan import FILE")),
    )
    source.set_column(0, 1, 40)
    for y, (name, value) in enumerate(told):
        source.write_string(y, 0, name, head)
        source.write_string(y, 1, value)
    book.close()
    return target.getvalue()


def _rows(problem: Problem, plan: Plan) -> list[tuple[str | int | datetime, ...]]:
    pinned = {pin.system for pin in problem.wishes.pins}
    notes = {note.system: note.text for note in plan.notes}
    rows: list[tuple[str | int | datetime, ...]] = []
    for wave in plan.waves:
        for placed in wave.placements:
            move, key = problem.move_of[placed.system], placed.system
            rows.append(
                (
                    key.department,
                    key.name,
                    datetime.combine(placed.on, time()),
                    YES if key in pinned else "",
                    notes.get(key, ""),
                    wave.number,
                    problem.group_of[key].name,
                    label("Disposition", move.disposition),
                    move.zone or "",
                    move.room or "",
                )
            )
    return rows
