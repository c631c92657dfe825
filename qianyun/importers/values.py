"""Values: what people write in cells, as the facts want it.

Each reader takes one cell and gives a value, `None` where the cell says that there is none, or a
`Wrong` with what is wrong and what would be right. Readers are pure: one cell always reads alike,
so a column remembers what it has read.

Folding follows Unicode TR15 (NFKC): full-width letters, digits and punctuation become the narrow
ones; blanks between Chinese characters are noise and go.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address

from qianyun.importers.sheets import Cell
from qianyun.words import _


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a cell cannot be read, and what would be right."""

    what: str
    mend: str


Reader = Callable[[Cell], object]
"""From a cell to a value, `None` or `Wrong`."""

NONE_WORDS = frozenset(
    (
        "",
        "-",
        "--",
        "---",
        "—",
        "——",
        "–",
        "/",
        "\\",
        "//",
        "无",
        "暂无",
        "没有",
        "n/a",
        "na",
        "none",
        "null",
        "nil",
        "空",
    )
)
ERRORS = frozenset(("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"))
"""What a spreadsheet shows where a formula fails."""
DITTO = frozenset(("同上", "同上。", "同前", "〃", "″", "''", '"'))

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
"""Characters that no sheet can hold and no person typed."""
_SPACES = re.compile(r"\s+")
_CHINESE = "\u3400-\u9fff\uf900-\ufaff"
_LOOSE = re.compile(rf"(?<=[{_CHINESE}（(）)、,])\s+(?=[{_CHINESE}（(）)、,])")
_LIST = re.compile(r"[、,，;；\n\r|]+")


def text_of(cell: Cell) -> str:
    """The cell as a person sees it: `8` and not `8.0`, days as 2020-12-31."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else format(cell, ".15g")  # noqa: PLR2004 - Excel keeps 15 digits
    return str(cell)


def fold(text: str) -> str:
    """Narrow forms, one blank where there were several, none between Chinese characters."""
    narrow = _SPACES.sub(" ", _CONTROL.sub("", unicodedata.normalize("NFKC", text))).strip()
    return _LOOSE.sub("", narrow)


def is_none(text: str) -> bool:
    """The cell says that there is nothing: blank, `--`, `/`, 无, N/A."""
    return text.strip().lower() in NONE_WORDS or fold(text).lower() in NONE_WORDS


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known word that is most like this one, if any is."""
    found = get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return found[0] if found else None


def name(cell: Cell) -> str | None:
    """A name that identifies: folded, so that two ways of typing it are one."""
    text = fold(text_of(cell))
    return None if text.lower() in NONE_WORDS else text


def prose(cell: Cell) -> str | None:
    """Free text as it was written, but for blanks around it and the way lines end."""
    text = _CONTROL.sub("", text_of(cell)).replace("\r\n", "\n").replace("\r", "\n").strip()
    return None if is_none(text) else text


def region_code(cell: Cell) -> str | Wrong | None:
    """An administrative code, GB/T 2260: 6 digits, or 9 and 12 with town and village."""
    text = fold(text_of(cell)).replace(" ", "")
    if text.lower() in NONE_WORDS:
        return None
    if re.fullmatch(r"\d{6}(\d{3}(\d{3})?)?", text):
        return text
    return Wrong(_("{text!r} is no region code").format(text=text), _("write 6, 9 or 12 digits, for example 440800"))


def names(cell: Cell) -> tuple[str, ...]:
    """Several names in one cell: one a line, else split at 、 , ; |.

    A cell of several lines is split at the lines alone: a name may hold a comma.
    """
    raw = cell if isinstance(cell, str) else text_of(cell)
    pieces = raw.splitlines() if "\n" in raw.replace("\r", "\n") else _LIST.split(raw)
    folded = (fold(piece) for piece in pieces)
    return tuple(dict.fromkeys(piece for piece in folded if piece.lower() not in NONE_WORDS))


def port(cell: Cell) -> int | Wrong | None:
    """One port."""
    found = ports(cell)
    if isinstance(found, Wrong):
        return found
    if len(found) > 1:
        return Wrong(_("{text!r} names several ports").format(text=text_of(cell)), _("give each its own row"))
    return found[0] if found else None


def ports(cell: Cell) -> tuple[int, ...] | Wrong:
    """Several ports: 1521, tcp/8080、8443; not ranges."""
    text = fold(text_of(cell)).lower()
    if text in NONE_WORDS:
        return ()
    found = []
    for piece in re.split(r"[、,;/\s]+", re.sub(r"\b(tcp|udp|端口)\b[:/]?", "", text)):
        if not piece:
            continue
        if not piece.isdecimal() or not 0 < int(piece) < 1 << 16:
            return Wrong(
                _("{text!r} is no port; ports are 1 to 65535").format(text=piece),
                _("write it as {example}").format(example="1521"),
            )
        found.append(int(piece))
    return tuple(dict.fromkeys(found))


_RANGE = re.compile(r"(\d+\.\d+\.\d+\.)(\d+)\s*[-~至]\s*(?:\1)?(\d+)")
_BETWEEN = re.compile(r"[、,;|\s]+|/(?=\d{1,3}\.)")
"""A stroke parts two addresses only where another one follows: 10.1.2.3/24 is one."""
_TAIL = re.compile(
    r"^(?P<v4>\d+\.\d+\.\d+\.\d+)(?::\d+|/\d{1,2})?$|^\[?(?P<v6>[0-9a-f:.]*:[0-9a-f:.]*)\]?(?:/\d{1,3})?$",
    re.IGNORECASE,
)


def addresses(cell: Cell) -> tuple[IPv4Address | IPv6Address, ...] | Wrong:
    """Several addresses: split at blanks, 、 , ; and lines; 10.1.1.1-5 is all five."""
    text = fold(text_of(cell))
    if text.lower() in NONE_WORDS:
        return ()
    found: dict[IPv4Address | IPv6Address, None] = {}
    for piece in _BETWEEN.split(_RANGE.sub(_whole_range, text)):
        if piece.lower() in NONE_WORDS:
            continue
        part = _TAIL.fullmatch(piece)
        try:
            found[ip_address((part["v4"] or part["v6"]) if part else piece)] = None
        except (AddressValueError, ValueError):
            return Wrong(
                _("{text!r} is no IP address").format(text=piece),
                _("write it as {example}; several on lines of their own").format(example="10.1.2.3"),
            )
    return tuple(found)


def _whole_range(found: re.Match[str]) -> str:
    first, last = int(found[2]), int(found[3])
    if not 0 <= first <= last <= 255:  # noqa: PLR2004 - a byte
        return found[0]
    return " ".join(f"{found[1]}{number}" for number in range(first, last + 1))


_PHONE = re.compile(
    r"(?<!\d)(?:\+?86[- ]?)?(\d{3,4}[- ]?\d{7,8}(?:-\d{1,6})?|\d{11}|\d{3}[- ]\d{4}[- ]\d{4}|\d{7,8})(?!\d)"
)


def contact(cell: Cell) -> tuple[str | None, str | None]:
    """Name and phone out of one cell: 联系人甲 00012345678, 联系人甲（00012345678）."""
    text = fold(text_of(cell))
    if text.lower() in NONE_WORDS:
        return None, None
    found = _PHONE.search(text)
    if not found:
        return text, None
    rest = fold(
        re.sub(
            r"[()/:,;、|]|联系人[:：]|联系电话|联系方式|手机号?码?|电话",
            " ",
            text[: found.start()] + " " + text[found.end() :],
        )
    )
    return rest or None, found[1].replace(" ", "")


def phone(cell: Cell) -> str | Wrong | None:
    """One or more phone numbers, as written but folded."""
    text = fold(text_of(cell))
    if text.lower() in NONE_WORDS:
        return None
    if not _PHONE.search(text):
        return Wrong(
            _("{text!r} is no phone number").format(text=text),
            _("write it as {example}").format(example="000-00001234"),
        )
    return text
