"""Guard: refuse a hostile file before any parser sees it, and say why.

A department's file may be hostile without its sender knowing. The guard looks at what the
file *is* (its first bytes, its directory, its raw text), never at what it says it is, with
bounded memory, and lets through only what the reader needs: cells. What it cannot see, the
reader's own limits of memory and time stop (`qianyun.importers.sheets`).

Sources: ECMA-376 part 2 (package), MS-XLS, OASIS OpenDocument 1.3 part 3; D. Fifield, "A better
zip bomb" (2019), for overlapping and amplified entries.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from qianyun.errors import Fault, ImportFileError
from qianyun.importers.guard_ole import old_workbook_reasons
from qianyun.importers.guard_parts import part_reasons
from qianyun.words import _

FILE_BYTES = 64 << 20
ENTRIES = 4_000
UNPACKED_BYTES = 512 << 20
RATIO = 200
RATIO_FROM_BYTES = 1 << 20
"""Small parts may be packed as well as they like: they cannot hurt."""

_NO_TABLE = (b"%pdf", b"rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"mz", b"\x7felf")

Reason = tuple[str, str]
"""What is wrong, and what would be right."""


class FileKind(StrEnum):
    """What the reader can read."""

    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A file that the guard let through.

    Attributes:
        content: Its bytes as they were looked at; the reader gets these and not the path, so
            that nobody can swap the file in between.
    """

    path: Path
    kind: FileKind
    content: bytes


def admit(path: Path) -> Admitted:
    """Look at a file and let it through, or say all that speaks against it.

    Raises:
        ImportFileError: It is missing, too large, of another kind than its name says, or hostile.
    """
    content = _bytes_of(path)
    kind = _kind_of(path, content)
    found: dict[Reason, None] = {}
    if kind in (FileKind.XLSX, FileKind.ODS):
        found = dict.fromkeys(_package_reasons(content, kind))
    elif kind is FileKind.XLS:
        found = dict.fromkeys(old_workbook_reasons(content))
    if found:
        raise ImportFileError([Fault(place=path.name, what=what, mend=mend) for what, mend in found])
    return Admitted(path=path, kind=kind, content=content)


def _bytes_of(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > FILE_BYTES:
            what = _("the file has {size:,} bytes; at most {limit:,} are read").format(size=size, limit=FILE_BYTES)
            raise ImportFileError(Fault(place=path.name, what=what, mend=_("split it into several files")))
        return path.read_bytes()
    except OSError as error:
        raise ImportFileError(
            Fault(place=str(path), what=_("cannot be opened: {error}").format(error=error.strerror))
        ) from error


def _kind_of(path: Path, content: bytes) -> FileKind:
    """The kind by the first bytes; it must be the one that the name says."""
    said = path.suffix.lower().lstrip(".")
    found, told = _sniff(content)
    if found == "encrypted":
        reason = (_("the workbook is encrypted"), _("remove the password and save it again"))
    elif said in ("xlsm", "xltm", "xlsb", "xlam", "xla", "xlt"):
        reason = (
            _("a .{suffix} file can carry macros").format(suffix=said),
            _("save it as .xlsx, which cannot"),
        )
    elif said not in {*FileKind, "txt"}:
        reason = (
            _("a .{suffix} file is not a ledger").format(suffix=said),
            _("send .xlsx, .xls, .ods or .csv"),
        )
    elif found not in {*FileKind} or ("csv" if said == "txt" else said) != found:
        reason = (
            _("the name says {said} but the content is {found}").format(said=said.upper(), found=told),
            _("open it and save it as .xlsx"),
        )
    else:
        return FileKind(found)
    raise ImportFileError(Fault(place=path.name, what=reason[0], mend=reason[1]))


def _sniff(content: bytes) -> tuple[str, str]:
    """What the bytes are: a `FileKind`, `encrypted` or `other`; and its name for a person."""
    if content.startswith(b"PK"):
        return _sniff_package(content)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        is_encrypted = "EncryptedPackage".encode("utf-16-le") in content
        return ("encrypted", "XLSX") if is_encrypted else ("xls", "XLS")
    head = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head")):
        return "other", _("a web page or XML")
    is_wide_text = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    if head.startswith(_NO_TABLE) or (b"\0" in content[:4096] and not is_wide_text):
        return "other", _("no table at all")
    return "csv", "CSV"


def _sniff_package(content: bytes) -> tuple[str, str]:
    try:
        names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return "other", _("a broken archive")
    if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
        return "xlsx", "XLSX"
    if "content.xml" in names and "mimetype" in names:
        return "ods", "ODS"
    return "other", _("another archive")


def _package_reasons(content: bytes, kind: FileKind) -> Iterator[Reason]:
    """What speaks against a package: its directory first, and only if that is clean, its parts."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    entries = archive.infolist()
    of_directory = [*_directory_reasons(entries), *_name_reasons(entries, kind)]
    yield from of_directory
    if of_directory:
        return
    for entry in entries:
        if entry.is_dir():
            continue
        try:
            with archive.open(entry) as part:
                yield from part_reasons(entry.filename, part)
        except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError) as error:
            yield (
                _("the part {part} is damaged: {error}").format(part=entry.filename, error=error),
                _("save it again and send it anew"),
            )


def _directory_reasons(entries: list[zipfile.ZipInfo]) -> Iterator[Reason]:
    bomb = _("this is a zip bomb or no ledger; remove what is no table")
    if len(entries) > ENTRIES:
        yield (
            _("the archive has {count:,} parts; at most {limit:,} are read").format(count=len(entries), limit=ENTRIES),
            bomb,
        )
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > UNPACKED_BYTES:
        yield (
            _("the archive unpacks to {size:,} bytes; at most {limit:,} are read").format(
                size=unpacked, limit=UNPACKED_BYTES
            ),
            bomb,
        )
    for entry in entries:
        if entry.file_size > RATIO_FROM_BYTES and entry.file_size > RATIO * max(1, entry.compress_size):
            yield (
                _("the part {part} unpacks to {ratio:,} times its size; at most {limit} is believed").format(
                    part=entry.filename, ratio=entry.file_size // max(1, entry.compress_size), limit=RATIO
                ),
                bomb,
            )


def _name_reasons(entries: list[zipfile.ZipInfo], kind: FileKind) -> Iterator[Reason]:
    """What the names of the parts give away."""
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        low = name.lower()
        if low in seen:
            yield _("the part {part} occurs twice").format(part=name), _("save it again and send it anew")
        seen.add(low)
        if entry.flag_bits & 1:
            yield _("the part {part} is encrypted").format(part=name), _("remove the password and save it again")
        if name.startswith("/") or "\\" in name or ":" in name or ".." in PurePosixPath(name).parts:
            yield (
                _("the part {part!r} points outside the archive").format(part=name),
                _("this is no file of a spreadsheet program"),
            )
        if PurePosixPath(low).suffix in (".zip", ".rar", ".7z", ".gz", ".xlsx", ".xlsm", ".docx", ".exe", ".js"):
            yield _("the archive holds another file, {part}").format(part=name), _("remove it from the workbook")
        yield from _forbidden_part(name, low, kind)


def _forbidden_part(name: str, low: str, kind: FileKind) -> Iterator[Reason]:
    if (
        "vbaproject" in low
        or "/macrosheets/" in low
        or (kind is FileKind.ODS and low.startswith(("basic/", "scripts/")))
    ):
        yield _("the workbook carries macros ({part})").format(part=name), _("save it as .xlsx without macros")
    if low.startswith(("xl/externallinks/", "xl/connections", "xl/querytables/")):
        yield (
            _("the workbook takes values from elsewhere ({part})").format(part=name),
            _("break the links (Data, Edit Links) and save the values"),
        )
    if low.startswith(("xl/embeddings/", "xl/activex/")):
        yield _("the workbook holds an embedded object ({part})").format(part=name), _("remove it and save again")
