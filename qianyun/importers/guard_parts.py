"""What speaks against one part of a package: read as a stream, with bounded memory.

XML is searched as bytes and not parsed: a search cannot be made to expand anything. References
are read as Excel writes them; what hides from that (`&#88;FD1`) meets the reader's memory limit.
"""

import re
from collections.abc import Callable, Iterator
from typing import IO
from xml.parsers import expat

from qianyun.words import _

CHUNK = 1 << 20
OVERLAP = 256
CELLS = 16_000_000
"""Cells between A1 and the farthest one: a reader holds them all, 32 bytes each."""
DECLARED_CELLS = 4 * CELLS
"""A dimension alone costs nothing here, and honest programs exaggerate it."""
STYLES = 65_490
"""Most cell formats that Excel itself accepts (Microsoft, "Excel specifications and limits")."""

Reason = tuple[str, str]

_ENCODINGS = ("ascii", "utf-16-le", "utf-16-be")
_DTD = re.compile(b"|".join(re.escape(f"<!{w}".encode(e)) for w in ("DOCTYPE", "ENTITY") for e in _ENCODINGS))
_OTHER_CODE = re.compile(
    rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"'](?!utf-?8[\"']|us-ascii[\"'])([^\"']{1,40})", re.IGNORECASE
)
_WIDE_XML = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_REFERENCE = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{1,3})(\d{1,7})[\"']")
_DIMENSION = re.compile(rb"<(?:\w+:)?dimension\s[^>]{0,100}?ref\s*=\s*[\"'](?:\w+:)?([A-Za-z]{1,3})(\d{1,7})[\"']")
_OUTSIDE = re.compile(rb"<Relationship\s[^>]{0,4000}?TargetMode\s*=\s*[\"']External[\"'][^>]{0,4000}?>")
_MACRO_TYPE = re.compile(rb"macroEnabled|vbaProject|ms-excel\.(?:macrosheet|intlmacrosheet)")


def part_reasons(name: str, part: IO[bytes]) -> Iterator[Reason]:
    """Search one part from end to end; the first reason of each kind is told."""
    searches = _searches_for(name.lower())
    head = part.read(CHUNK)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        yield _("the part {part} is itself an archive").format(part=name), _("remove it from the workbook")
        return
    if not _is_picture(head):
        yield from _code_reasons(name, head)
    tail, chunk = b"", head
    told: set[str] = set()
    while chunk:
        window = tail + chunk
        for search in searches:
            for what, mend in search(name, window):
                if what not in told:
                    told.add(what)
                    yield what, mend
        tail, chunk = window[-OVERLAP:], part.read(CHUNK)


def _is_picture(head: bytes) -> bool:
    return head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"\x01\0\0\0", b"\xd7\xcd\xc6\x9a"))


def _searches_for(low: str) -> list[Callable[[str, bytes], Iterator[Reason]]]:
    searches: list[Callable[[str, bytes], Iterator[Reason]]] = [_entities]
    if low.endswith(".rels"):
        searches.append(_outside)
    elif low == "[content_types].xml":
        searches.append(_macro_type)
    elif low == "content.xml":
        searches.append(_RepeatedCells())
    elif low == "meta-inf/manifest.xml":
        searches.append(_manifest)
    elif "styles" in low:
        searches.append(_Styles())
    elif low.startswith("xl/") and "sharedstrings" not in low:
        searches.append(_FarCell())
    return searches


def _code_reasons(name: str, head: bytes) -> Iterator[Reason]:
    mend = _("save it again with Excel, WPS or LibreOffice, which write UTF-8")
    other = _OTHER_CODE.match(head.removeprefix(b"\xef\xbb\xbf"))
    if other:
        code = other[1].decode("ascii", "replace")
        yield _("the part {part} is written in {code}").format(part=name, code=code), mend
    elif head.startswith(_WIDE_XML) and name.lower().endswith((".xml", ".rels", ".vml")):
        yield _("the part {part} is written in {code}").format(part=name, code="UTF-16"), mend


def _entities(name: str, window: bytes) -> Iterator[Reason]:
    if _DTD.search(window):
        yield (
            _("the part {part} declares a document type or entities").format(part=name),
            _("no spreadsheet program writes that; make the file anew"),
        )


def _outside(name: str, window: bytes) -> Iterator[Reason]:
    """Links of a cell that a person clicks are harmless; whatever opens by itself is not."""
    for relation in _OUTSIDE.findall(window):
        if b"/hyperlink" not in relation:
            yield (
                _("{part} refers to a file outside the workbook").format(part=name),
                _("break the links (Data, Edit Links) and save the values"),
            )


def _macro_type(name: str, window: bytes) -> Iterator[Reason]:
    if _MACRO_TYPE.search(window):
        yield _("the workbook carries macros ({part})").format(part=name), _("save it as .xlsx without macros")


def _manifest(name: str, window: bytes) -> Iterator[Reason]:
    if b"encryption-data" in window:
        yield _("the workbook is encrypted"), _("remove the password and save it again")
    if b"vnd.sun.star.oleobject" in window:
        yield _("the workbook holds an embedded object ({part})").format(part=name), _("remove it and save again")


class _Styles:
    """Counts cell formats over the chunks of one part."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, name: str, window: bytes) -> Iterator[Reason]:
        self.count += window.count(b"<xf ") + window.count(b"<xf>") + window.count(b"<xf/>")
        if self.count > STYLES:
            yield (
                _("{part} has more than {limit:,} cell formats").format(part=name, limit=STYLES),
                _("copy the cells into a new workbook, values only"),
            )


class _FarCell:
    """Follows the farthest row and column over the chunks of one sheet."""

    def __init__(self) -> None:
        self.rows = self.columns = 0

    def __call__(self, name: str, window: bytes) -> Iterator[Reason]:
        places = _REFERENCE.findall(window)
        self.columns = max(self.columns, *map(_column, {letters for letters, _digits in places}), 0)
        self.rows = max(self.rows, *map(int, {digits for _letters, digits in places}), 0)
        mend = _("delete the empty rows and columns after the table and save again")
        if self.rows * self.columns > CELLS:
            yield (
                _("{part} reaches to row {row:,}, column {column:,}: more than {limit:,} cells").format(
                    part=name, row=self.rows, column=self.columns, limit=CELLS
                ),
                mend,
            )
        for letters, digits in _DIMENSION.findall(window):
            if _column(letters) * int(digits) > DECLARED_CELLS:
                corner = (letters + digits).decode()
                yield (
                    _("{part} claims to reach to {corner}: more than {limit:,} cells").format(
                        part=name, corner=corner, limit=DECLARED_CELLS
                    ),
                    mend,
                )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


class _RepeatedCells:
    """Counts the cells of an OpenDocument sheet with their repetitions; `content.xml` only.

    A DTD never reaches the parser: the search for it sees every chunk first.
    """

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.rows = 1
        self.cells = 0
        self.seen = 0

    def __call__(self, name: str, window: bytes) -> Iterator[Reason]:
        if _DTD.search(window):
            return
        new = window if self.seen == 0 else window[min(OVERLAP, self.seen) :]
        self.seen += len(new)
        try:
            self.parser.Parse(new)
        except expat.ExpatError as error:
            yield (
                _("the part {part} is damaged: {error}").format(part=name, error=error),
                _("save it again and send it anew"),
            )
        if self.cells > CELLS:
            yield (
                _("{part} repeats cells to more than {limit:,}").format(part=name, limit=CELLS),
                _("delete the filled rows and columns after the table and save again"),
            )

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "table:table-row":
            self.rows = _repeated(attributes, "table:number-rows-repeated")
        elif element == "table:table-cell" and ("office:value-type" in attributes or "table:formula" in attributes):
            self.cells += self.rows * _repeated(attributes, "table:number-columns-repeated")


def _repeated(attributes: dict[str, str], name: str) -> int:
    count = attributes.get(name, "1")
    return int(count) if count.isdecimal() and len(count) < 10 else CELLS  # noqa: PLR2004 - more digits than any sheet has
