"""Whether a file is what its channel declares: size, kind by content, columns or schema, no malware.

Faults say the row and the field, never the value: they are read by people who must not see it.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator

from jsonschema import Draft202012Validator

from qianyun.exchange.content import is_content
from qianyun.exchange.identity import traces
from qianyun.exchange.masking import without_kept
from qianyun.policy.channels import MASKABLE, Channel, Column, ContentKind
from qianyun.words import _

MIB = 1 << 20
MOST_FAULTS = 20
"""So many are told; a file that is wrong in more places is no better known by them."""

Scan = Callable[[bytes], str]
"""Says what a scanner found; nothing when all is well."""


def faults_of(channel: Channel, content: bytes, scan: Scan) -> tuple[str, ...]:
    """What is wrong with a file, as it was pulled; the first `MOST_FAULTS` of it."""
    if len(content) > channel.most_mib * MIB:
        said = _("holds {size} bytes; {most} MiB at most pass").format(size=len(content), most=channel.most_mib)
        return (said,)
    if not is_content(content, channel.content):
        return (_("is no {kind} by its content").format(kind=channel.content),)
    if found := scan(content):
        return (_("malware: {found}").format(found=found),)
    told = _shape(channel, content)
    return tuple(fault for _number, fault in zip(range(MOST_FAULTS), told, strict=False))


def traces_left(channel: Channel, content: bytes) -> tuple[str, ...]:
    """What still leads to a person in a masked file, beside what the channel keeps; sorted kinds with counts."""
    if channel.content not in MASKABLE:
        return ()
    found = sorted(traces(without_kept(channel, content)))
    return tuple(
        _("{count} values look like {kind}; mask the field, or say why it is kept").format(
            count=found.count(kind), kind=kind
        )
        for kind in sorted(set(found))
    )


def rows_of(channel: Channel, content: bytes) -> int | None:
    """Rows of a CSV file without its title, lines of JSON lines; `None` for the rest."""
    if channel.content is ContentKind.CSV:
        return sum(1 for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) if row) - 1
    if channel.content is ContentKind.JSON_LINES:
        return sum(1 for line in content.splitlines() if line.strip())
    return None


def _shape(channel: Channel, content: bytes) -> Iterator[str]:
    match channel.content:
        case ContentKind.CSV:
            return _table(channel.columns, content.decode("utf-8-sig"))
        case ContentKind.JSON:
            return _documents(channel.schema, [json.loads(content)])
        case ContentKind.JSON_LINES:
            return _documents(channel.schema, [json.loads(line) for line in content.splitlines() if line.strip()])
        case _:
            return iter(())


def _table(columns: tuple[Column, ...], text: str) -> Iterator[str]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        titles = next(rows, [])
        declared = [column.name for column in columns]
        if titles != declared:
            what = _("has the columns {found}; {declared} are declared")
            yield what.format(found=", ".join(titles), declared=", ".join(declared))
            return
        yield from _rows(columns, rows)
    except csv.Error as error:
        yield _("row {row}: is no CSV: {why}").format(row=rows.line_num, why=error)


def _rows(columns: tuple[Column, ...], rows: Iterator[list[str]]) -> Iterator[str]:
    seen: dict[str, set[str]] = {column.name: set() for column in columns if column.unique}
    patterns = {column.name: re.compile(column.pattern) for column in columns if column.pattern}
    for number, row in enumerate(rows, start=2):
        if row and len(row) != len(columns):
            yield _("row {row}: has {found} cells; {wanted} are declared").format(
                row=number, found=len(row), wanted=len(columns)
            )
            continue
        for column, value in zip(columns, row, strict=False):
            wrong = _cell(column, value, patterns.get(column.name), seen.get(column.name))
            if wrong:
                yield _("row {row}, {column}: {wrong}").format(row=number, column=column.name, wrong=wrong)


def _cell(column: Column, value: str, pattern: "re.Pattern[str] | None", seen: set[str] | None) -> str:
    if not value:
        return _("is empty") if column.required else ""
    if len(value) > column.longest:
        return _("is longer than {most} characters").format(most=column.longest)
    if pattern and not pattern.fullmatch(value):
        return _("does not match {pattern}").format(pattern=pattern.pattern)
    if seen is not None:
        if value in seen:
            return _("stands in an earlier row already")
        seen.add(value)
    return ""


def _documents(schema: str, documents: list[object]) -> Iterator[str]:
    validator = Draft202012Validator(json.loads(schema))
    for number, document in enumerate(documents, start=1):
        for error in validator.iter_errors(document):
            place = "/".join(str(step) for step in error.absolute_path) or "/"
            what = _("document {number}, {place}: breaks {keyword} of the schema")
            yield what.format(number=number, place=place, keyword=error.validator)
