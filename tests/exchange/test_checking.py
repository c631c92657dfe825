"""What a broker refuses, and how it says so without saying the value."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from exchange_sides import COLUMNS, MASKS, identity, sides, table, usual

from qianyun.exchange.checking import faults_of, traces_left
from qianyun.exchange.content import is_content
from qianyun.policy.channels import Channel, ContentKind, Mask, Treatment

SCHEMA = '{"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}'


def clean(_content: bytes) -> str:
    return ""


def of(folder: Path, **changed: object) -> Channel:
    return sides(folder, **changed).channels[0]


def row(**changed: str) -> list[str]:
    values = dict(zip((column.name for column in COLUMNS), usual(1).decode().splitlines()[1].split(","), strict=True))
    return [*{**values, **changed}.values()]


def test_a_right_file_has_no_faults(tmp_path: Path) -> None:
    assert faults_of(of(tmp_path), usual(1), clean) == ()


def test_every_wrong_cell_is_told_with_row_and_column_and_no_value(tmp_path: Path) -> None:
    content = table([row(), row(number="A999999", applicant=""), row(number="B1", applicant="x" * 21), row()])

    faults = faults_of(of(tmp_path), content, clean)

    assert faults == (
        "row 3, applicant: is empty",
        r"row 4, number: does not match A\d{6}",
        "row 4, applicant: is longer than 20 characters",
        "row 5, number: stands in an earlier row already",
    )


def test_other_columns_are_refused(tmp_path: Path) -> None:
    faults = faults_of(of(tmp_path), b"number,applicant\nA000001,x\n", clean)

    assert faults == (
        "has the columns number, applicant; number, applicant, identity, phone, address, day are declared",
    )


def test_a_row_with_more_cells_is_refused(tmp_path: Path) -> None:
    assert faults_of(of(tmp_path), table([[*row(), "more"]]), clean) == ("row 2: has 7 cells; 6 are declared",)


def test_a_larger_file_is_refused_unread(tmp_path: Path) -> None:
    content = b"\0" * (1024 * 1024 + 1)

    assert faults_of(of(tmp_path, most_mib=1), content, clean) == ("holds 1048577 bytes; 1 MiB at most pass",)


def test_what_the_scanner_finds_is_told(tmp_path: Path) -> None:
    assert faults_of(of(tmp_path), usual(1), lambda _content: "Eicar") == ("malware: Eicar",)


def test_a_document_that_breaks_the_schema_is_told_by_place(tmp_path: Path) -> None:
    channel = of(tmp_path, content=ContentKind.JSON_LINES, schema=SCHEMA, masks=())

    faults = faults_of(channel, b'{"id": 1}\n{"id": "secret"}\n{}\n', clean)

    assert faults == ("document 2, id: breaks type of the schema", "document 3, /: breaks required of the schema")


def test_a_column_that_nobody_masked_is_found_by_what_stands_in_it(tmp_path: Path) -> None:
    channel = of(tmp_path, masks=MASKS[:1])

    assert traces_left(channel, usual(1, rows=2)) == (
        "2 values look like identity; mask the field, or say why it is kept",
        "2 values look like phone; mask the field, or say why it is kept",
    )


def test_what_a_channel_keeps_for_a_reason_is_no_trace(tmp_path: Path) -> None:
    kept = tuple(Mask(field=name, treatment=Treatment.KEEP, why="declared") for name in ("identity", "phone"))

    assert traces_left(of(tmp_path, masks=kept), table([row(identity=identity(5))])) == ()


def workbook(*names: str) -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as parts:
        parts.writestr(
            "[Content_Types].xml",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        )
        for name in names:
            parts.writestr(name, "x")
    return written.getvalue()


PNG = b"\x89PNG\r\n\x1a\n....IEND\xaeB`\x82"


@pytest.mark.parametrize(
    ("content", "kind", "fits"),
    [
        (b"a,b\n1,2\n", ContentKind.CSV, True),
        (b"\xef\xbb\xbfa,b\n", ContentKind.CSV, True),
        (b"a\0b", ContentKind.CSV, False),
        ("甲,乙".encode("gb18030"), ContentKind.CSV, False),
        (b"MZ\x90\0", ContentKind.CSV, False),
        (b'{"a": 1}', ContentKind.JSON, True),
        (b'{"a": 1', ContentKind.JSON, False),
        (b"[" * 100_000, ContentKind.JSON, False),
        (b'{"a": 1}\n\n{"a": 2}\n', ContentKind.JSON_LINES, True),
        (workbook(), ContentKind.XLSX, True),
        (workbook("xl/vbaProject.bin"), ContentKind.XLSX, False),
        (b"PK\x03\x04 broken", ContentKind.XLSX, False),
        (b"%PDF-1.7 ... %%EOF\n", ContentKind.PDF, True),
        (b"%PDF-1.7 cut off", ContentKind.PDF, False),
        (PNG, ContentKind.PNG, True),
        (PNG, ContentKind.JPEG, False),
    ],
)
def test_a_file_is_what_it_holds(content: bytes, kind: ContentKind, fits: bool) -> None:  # noqa: FBT001 - a case's answer
    assert is_content(content, kind) is fits
