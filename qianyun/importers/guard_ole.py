"""What speaks against an old workbook (XLS): a container of streams, then BIFF records.

Sources: MS-CFB (container), MS-XLS sections 2.1.4 (records), 2.4.28 (BoundSheet8), 2.4.117
(FilePass), 2.4.271 (SupBook).
"""

import io
import struct
from collections.abc import Iterator

import msoffcrypto
import olefile

from qianyun.words import _

Reason = tuple[str, str]

STREAM_BYTES = 64 << 20
FILE_PASS, BOUND_SHEET, SUP_BOOK, OBJECT = 0x002F, 0x0085, 0x01AE, 0x005D
MACRO_SHEET, VISUAL_BASIC = 1, 6
SELF_REFERENCE = (b"\x01\x04", b"\x01\x3a")
"""A SupBook that means this workbook itself, or an add-in function."""


def old_workbook_reasons(content: bytes) -> Iterator[Reason]:
    """All that speaks against a workbook in the format of Excel 97."""
    try:
        container = olefile.OleFileIO(io.BytesIO(content))
        names = ["/".join(path) for path in container.listdir()]
        stream = next((n for n in names if n.lower() in ("workbook", "book")), None)
        records = container.openstream(stream).read(STREAM_BYTES) if stream else b""
    except (OSError, IndexError, ValueError, TypeError, struct.error) as error:
        yield _("the old workbook is damaged: {error}").format(error=error), _("open it and save it as .xlsx")
        return
    if stream is None:
        yield _("the file is no workbook but another Office document"), _("send the table itself")
        return
    if any(name.lower().startswith(("_vba_project", "macros")) for name in names):
        yield _macros()
    if any(name.lower().startswith(("mbd", "objectpool")) for name in names):
        yield _("the workbook holds an embedded object ({part})").format(part="OLE"), _("remove it and save again")
    if _is_encrypted(content):
        yield _("the workbook is encrypted"), _("remove the password and save it again")
        return
    yield from _record_reasons(records)


def _macros() -> Reason:
    return _("the workbook carries macros ({part})").format(part="VBA"), _("save it as .xlsx without macros")


def _is_encrypted(content: bytes) -> bool:
    try:
        return bool(msoffcrypto.OfficeFile(io.BytesIO(content)).is_encrypted())
    except Exception:  # noqa: BLE001 - a foreign reader on a foreign file; a workbook it cannot judge is not let through
        return True


def _record_reasons(stream: bytes) -> Iterator[Reason]:
    place, found = 0, set()
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        body = stream[place + 4 : place + 4 + length]
        if kind == BOUND_SHEET and len(body) > 5 and body[5] in (MACRO_SHEET, VISUAL_BASIC):  # noqa: PLR2004 - offset of the type
            found.add(_macros())
        elif kind == SUP_BOOK and body[2:4] not in SELF_REFERENCE:
            found.add(
                (
                    _("the workbook takes values from elsewhere ({part})").format(part="SupBook"),
                    _("break the links (Data, Edit Links) and save the values"),
                )
            )
        place += 4 + length
    yield from sorted(found)
