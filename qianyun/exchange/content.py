"""What a file is, by what it holds. Its name says nothing that anybody need believe.

Source: the signatures of ISO 32000 (PDF), ISO/IEC 15948 (PNG), ITU-T T.81 (JPEG), ECMA-376 (XLSX as a ZIP
with its list of content types); RFC 8259 (JSON), RFC 4180 (CSV).
"""

import json
import zipfile
from io import BytesIO

from qianyun.policy.channels import ContentKind

SIGNATURES = {b"%PDF-": ContentKind.PDF, b"\x89PNG\r\n\x1a\n": ContentKind.PNG, b"\xff\xd8\xff": ContentKind.JPEG}
ZIP = b"PK\x03\x04"
SHEET = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MOST_TYPES = 1 << 20
"""Bytes of a workbook's list of content types; a longer one is a trap."""

ENDS = {ContentKind.PDF: b"%%EOF", ContentKind.PNG: b"IEND\xaeB`\x82", ContentKind.JPEG: b"\xff\xd9"}
"""What whole files end with; PDF allows a little after it."""

AFTER_END = 1024


def is_content(content: bytes, kind: ContentKind) -> bool:
    """Whether a file is wholly of a kind."""
    match kind:
        case ContentKind.CSV:
            return _is_text(content)
        case ContentKind.JSON:
            return _is_json(content)
        case ContentKind.JSON_LINES:
            return all(_is_json(line) for line in content.splitlines() if line.strip())
        case ContentKind.XLSX:
            return _is_workbook(content)
        case _:
            begins = any(content.startswith(mark) for mark, marked in SIGNATURES.items() if marked is kind)
            return begins and ENDS[kind] in content[-AFTER_END:]


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not any(ord(character) < ord(" ") and character not in "\t\r\n" for character in text)


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        return False
    return True


def _is_workbook(content: bytes) -> bool:
    if not content.startswith(ZIP):
        return False
    try:
        with zipfile.ZipFile(BytesIO(content)) as parts, parts.open("[Content_Types].xml") as types:
            return SHEET in types.read(MOST_TYPES) and not any("vbaProject" in name for name in parts.namelist())
    except (zipfile.BadZipFile, KeyError, NotImplementedError, OSError, RuntimeError):
        return False
