"""Hostile files are refused with the reason, in under a second; they are made here, byte by byte."""

import io
import random
import struct
import subprocess
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from msoffcrypto.format.ooxml import OOXMLFile

from qianyun.errors import ImportFileError
from qianyun.importers.guard import FileKind, admit
from qianyun.importers.sheets import read_sheets

TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    "</Types>"
)
BOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
ROOT = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>'
)
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>'
)

NOTHING: Mapping[str, str | bytes] = {}


def package(path: Path, extra: Mapping[str, str | bytes] = NOTHING, **instead: str | bytes) -> Path:
    """A smallest workbook with parts added or replaced."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": instead.get("types", TYPES),
        "_rels/.rels": ROOT,
        "xl/workbook.xml": instead.get("book", BOOK),
        "xl/_rels/workbook.xml.rels": instead.get("relations", RELATIONS),
        "xl/worksheets/sheet1.xml": instead.get("sheet", SHEET),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts, **extra}.items():
            archive.writestr(name, content)
    return path


def refusal(path: Path) -> str:
    """The message of the refusal, which must come before a bomb could go off."""
    start = time.process_time()
    with pytest.raises(ImportFileError) as caught:
        admit(path)
    assert time.process_time() - start < 5
    return str(caught.value)


def test_a_plain_workbook_is_let_through(tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsx")

    admitted = admit(path)

    assert (admitted.kind, admitted.content) == (FileKind.XLSX, path.read_bytes())


def test_a_zip_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsx", {"xl/media/image1.png": b"\0" * (8 << 20)})

    message = refusal(path)

    assert "xl/media/image1.png unpacks to 1,0" in message
    assert "times its size; at most 200 is believed" in message


def test_an_archive_that_unpacks_to_more_than_the_limit_is_refused(tmp_path: Path) -> None:
    noise = bytes(range(256)) * 8192
    path = package(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/a.png", noise)
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", 600 << 20)
    path.write_bytes(content)

    message = refusal(path)

    assert "the archive unpacks to" in message


def test_an_archive_of_too_many_parts_is_refused(tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsx", {f"xl/media/{n}.png": b"" for n in range(4_001)})

    message = refusal(path)

    assert "the archive has 4,006 parts; at most 4,000 are read" in message


def test_a_part_whose_directory_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsx")
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", 3)
    path.write_bytes(content)

    assert "is damaged" in refusal(path)


@pytest.mark.parametrize("place", ["XFD1048576", "AB999999", "xfd1048576"])
def test_a_far_cell_is_refused(tmp_path: Path, place: str) -> None:
    path = package(tmp_path / "a.xlsx", sheet=SHEET.replace('<c r="A1">', f'<c r="A1"/><c r="{place}">'))

    message = refusal(path)

    assert "xl/worksheets/sheet1.xml reaches to row" in message
    assert "delete the empty rows and columns after the table" in message


def test_a_far_cell_behind_single_quotes_and_blanks_is_refused(tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsx", sheet=SHEET.replace('r="A1"', "r = 'XFD1048576'"))

    assert "reaches to row 1,048,576, column 16,384" in refusal(path)


def test_a_far_dimension_is_refused(tmp_path: Path) -> None:
    path = package(
        tmp_path / "a.xlsx", sheet=SHEET.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    )

    assert "claims to reach to XFD1048576" in refusal(path)


def test_a_long_or_a_wide_sheet_alone_is_no_far_cell(tmp_path: Path) -> None:
    long = package(tmp_path / "long.xlsx", sheet=SHEET.replace('<c r="A1">', '<c r="H1048576">'))
    wide = package(tmp_path / "wide.xlsx", sheet=SHEET.replace('<c r="A1">', '<c r="XFD1">'))

    assert [admit(path).kind for path in (long, wide)] == [FileKind.XLSX] * 2


@pytest.mark.parametrize("code", ["utf-8", "utf-16-le", "utf-16-be", "utf-16"])
@pytest.mark.parametrize("part", ["sheet", "book", "relations", "types"])
def test_entities_are_refused_in_every_encoding_and_part(tmp_path: Path, code: str, part: str) -> None:
    parts = {"sheet": SHEET, "book": BOOK, "relations": RELATIONS, "types": TYPES}
    laughs = f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>{parts[part]}'
    instead: dict[str, str | bytes] = {part: laughs.encode(code)}
    path = package(tmp_path / "a.xlsx", NOTHING, **instead)

    assert "declares a document type or entities" in refusal(path)


def test_a_document_type_across_a_chunk_boundary_is_found(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(1 << 19).hex()  # noqa: S311 - filler that packs badly
    filler = f"<!--{noise[: (1 << 20) - 11]}-->"
    path = package(tmp_path / "a.xlsx", sheet=f"{filler}<!DOCTYPE l>{SHEET}".encode())

    assert "declares a document type" in refusal(path)


def test_a_part_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsx", sheet=f'<?xml version="1.0" encoding="UTF-7"?>{SHEET}'.encode())

    assert "is written in UTF-7; save it again with Excel" in refusal(path)


def test_a_part_in_utf_16_is_refused_since_it_cannot_be_searched(tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsx", sheet=SHEET.encode("utf-16"))

    assert "is written in UTF-16" in refusal(path)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("xl/vbaProject.bin", "carries macros"),
        ("xl/macrosheets/sheet1.xml", "carries macros"),
        ("xl/externalLinks/externalLink1.xml", "takes values from elsewhere"),
        ("xl/connections.xml", "takes values from elsewhere"),
        ("xl/embeddings/oleObject1.bin", "holds an embedded object"),
        ("xl/activeX/activeX1.xml", "holds an embedded object"),
        ("xl/media/a.zip", "holds another file"),
        ("../../etc/cron.d/x", "points outside the archive"),
        ("xl\\..\\..\\x.xml", "points outside the archive"),
        ("/etc/passwd", "points outside the archive"),
    ],
)
def test_a_part_that_no_ledger_needs_is_refused_by_its_name(tmp_path: Path, part: str, words: str) -> None:
    path = package(tmp_path / "a.xlsx", {part: b"x"})

    message = refusal(path)

    assert words in message
    assert part.replace("\\", "\\\\") in message


def test_macros_under_another_name_are_refused_by_their_type(tmp_path: Path) -> None:
    types = TYPES.replace(
        "vnd.openxmlformats-officedocument.spreadsheetml.sheet.main", "vnd.ms-excel.sheet.macroEnabled.main"
    )

    assert "carries macros" in refusal(package(tmp_path / "a.xlsx", types=types))


def test_an_archive_within_is_refused_whatever_its_name(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a", "b")

    path = package(tmp_path / "a.xlsx", {"xl/media/image1.png": inner.getvalue()})

    assert "xl/media/image1.png is itself an archive" in refusal(path)


def test_a_template_taken_from_elsewhere_is_refused(tmp_path: Path) -> None:
    away = RELATIONS.replace('Target="worksheets', 'TargetMode="External" Target="file://203.0.113.1/worksheets')

    assert "refers to a file outside the workbook" in refusal(package(tmp_path / "a.xlsx", relations=away))


def test_a_link_that_a_person_clicks_is_no_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_url("A1", "http://www.example.gov.cn")

    assert admit(path).kind is FileKind.XLSX


def test_a_styles_bomb_is_refused(tmp_path: Path) -> None:
    styles = (
        "<styleSheet><cellXfs>" + "".join(f'<xf numFmtId="{n}"/>' for n in range(65_491)) + "</cellXfs></styleSheet>"
    )

    path = package(tmp_path / "a.xlsx", {"xl/styles.xml": styles})

    assert "xl/styles.xml has more than 65,490 cell formats" in refusal(path)


def test_an_encrypted_workbook_is_told_from_a_broken_one(tmp_path: Path) -> None:
    plain = package(tmp_path / "plain.xlsx")
    path = tmp_path / "a.xlsx"
    with plain.open("rb") as source, path.open("wb") as target:
        OOXMLFile(source).encrypt("secret", target)

    assert refusal(path) == "a.xlsx: the workbook is encrypted; remove the password and save it again"


def test_an_encrypted_part_is_refused(tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsx")
    content = bytearray(path.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)

    assert "xl/worksheets/sheet1.xml is encrypted" in refusal(path)


def test_a_part_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("XL/worksheets/sheet1.xml", SHEET)

    assert "occurs twice" in refusal(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.xlsx", b"a,b\n1,2\n", "the name says XLSX but the content is CSV"),
        ("a.xls", b"<html><table></table></html>", "the name says XLS but the content is a web page or XML"),
        ("a.csv", b"%PDF-1.7", "the name says CSV but the content is no table at all"),
        ("a.xlsx", b"PK\x03\x04 and no more", "the name says XLSX but the content is a broken archive"),
        ("a.csv", b"a\0b", "the name says CSV but the content is no table at all"),
        ("a.xlsm", b"PK", "a .xlsm file can carry macros; save it as .xlsx, which cannot"),
        ("a.docx", b"PK", "a .docx file is not a ledger; send .xlsx, .xls, .ods or .csv"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600, "the old workbook is damaged"),
    ],
)
def test_a_name_that_lies_is_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    assert message in refusal(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "gone.xlsx: cannot be opened: No such file or directory" in refusal(tmp_path / "gone.xlsx")


def test_every_reason_is_told_at_once(tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsx", {"xl/vbaProject.bin": b"x", "xl/externalLinks/e.xml": b"x"})

    message = refusal(path)

    assert "carries macros" in message
    assert "takes values from elsewhere" in message


MANIFEST = (
    '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry m:full-path="/" '
    'm:media-type="application/vnd.oasis.opendocument.spreadsheet"/></m:manifest>'
)


def ods(path: Path, rows: str, manifest: str = MANIFEST) -> Path:
    """A smallest OpenDocument sheet."""
    space = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{space}:office:1.0" xmlns:table="{space}:table:1.0" '
        f'xmlns:text="{space}:text:1.0"><office:body><office:spreadsheet><table:table table:name="S">{rows}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return path


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("<m:encryption-data/>", "the workbook is encrypted"),
        ('<m:file-entry m:media-type="application/vnd.sun.star.oleobject"/>', "holds an embedded object"),
    ],
)
def test_the_manifest_of_an_open_document_is_read(tmp_path: Path, entry: str, words: str) -> None:
    path = ods(tmp_path / "a.ods", ods_row(1, 1), MANIFEST.replace("</m:manifest>", f"{entry}</m:manifest>"))

    assert words in refusal(path)


def ods_row(rows: int, columns: int) -> str:
    return (
        f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell office:value-type="string" '
        f'table:number-columns-repeated="{columns}"><text:p>x</text:p></table:table-cell></table:table-row>'
    )


def test_a_cell_repeated_without_end_is_refused(tmp_path: Path) -> None:
    path = ods(tmp_path / "a.ods", ods_row(1_048_576, 16_384))

    assert "content.xml repeats cells to more than 16,000,000" in refusal(path)


def test_an_open_document_with_few_cells_is_let_through(tmp_path: Path) -> None:
    path = ods(tmp_path / "a.ods", ods_row(2, 3))

    assert read_sheets(path)[0].rows == [["x"] * 3] * 2


@pytest.mark.parametrize(
    ("part", "content", "words"),
    [
        ("Basic/Standard/Module1.xml", MANIFEST, "carries macros"),
        ("settings.xml", "<!DOCTYPE l>", "declares a document type"),
    ],
)
def test_an_open_document_is_searched_too(tmp_path: Path, part: str, content: bytes, words: str) -> None:
    path = ods(tmp_path / "a.ods", ods_row(1, 1))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(part, content)

    assert words in refusal(path)


def test_the_memory_limit_stops_what_the_guard_cannot_see(tmp_path: Path) -> None:
    text = "".join(chr(0x4E00 + n % 20_000) for n in range(32_000))
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 100_000))
    types = TYPES.replace(
        "</Types>",
        '<Override PartName="/xl/sharedStrings.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>',
    )
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    path = package(
        tmp_path / "a.xlsx",
        {"xl/sharedStrings.xml": f'<sst xmlns="{space}"><si><t>{text}</t></si></sst>'},
        sheet=SHEET.replace('<row r="1"><c r="A1"><v>1</v></c></row>', cells),
        types=types,
    )

    with pytest.raises(ImportFileError) as caught:
        read_sheets(path)

    assert "reading it takes more than 1,536 MiB of memory; copy the table into a new workbook" in str(caught.value)


def test_openpyxl_files_are_let_through(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "单位名称"
    book.save(tmp_path / "a.xlsx")

    assert admit(tmp_path / "a.xlsx").kind is FileKind.XLSX


@pytest.fixture
def converted(needs: Callable[[str], str], tmp_path: Path) -> Callable[[Path, str], Path]:
    """A file in another format, by LibreOffice itself."""
    office = needs("soffice")

    def convert(source: Path, suffix: str) -> Path:
        home = f"-env:UserInstallation=file://{tmp_path}/office"
        command = [office, home, "--headless", "--convert-to", suffix, "--outdir", str(tmp_path), str(source)]
        subprocess.run(command, check=True, capture_output=True, timeout=400)
        return source.with_suffix(f".{suffix}")

    return convert


@pytest.mark.parametrize("suffix", ["xls", "ods"])
def test_what_another_office_writes_is_let_through_and_read_alike(
    tmp_path: Path, converted: Callable[[Path, str], Path], suffix: str
) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("名录").write_row("B2", ["单位", 8.5])

    sheets = read_sheets(converted(path, suffix))

    assert [(s.name, s.rows) for s in sheets] == [("名录", [["", "", ""], ["", "单位", 8.5]])]
