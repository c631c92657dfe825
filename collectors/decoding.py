"""What an agent's bytes mean: texts in the encodings that occur, MAC and IP addresses, numbers.

A text is UTF-8, or UTF-8 that the agent cut inside its last character (≤ 3 bytes are dropped), or
GB18030; anything else is shown byte by byte so that nothing is lost. The raw bytes stay with the
varbind.

Source: RFC 2579 (textual conventions), RFC 4001 (InetAddress).
"""

import contextlib
from ipaddress import IPv4Address, IPv6Address

from collectors.ber import (
    ABSENT,
    INTEGER,
    IP_ADDRESS,
    NUMBERS,
    OBJECT,
    OCTETS,
    OPAQUE,
    MalformedError,
    Oid,
    Varbind,
    decode_integer,
    decode_oid,
    show_oid,
)

Address = IPv4Address | IPv6Address

LONGEST_CUT = 3
CONTINUATION = 0x80
MAC_BYTES, IPV4_BYTES, IPV6_BYTES = 6, 4, 16
DIGITS_OF_A_MAC = 12


def decode_text(octets: bytes) -> str:
    """Bytes that a person wrote, as text; blanks and trailing zero bytes are stripped."""
    octets = octets.rstrip(b"\0")
    for attempt in (_utf8, _cut_utf8, _gb18030):
        text = attempt(octets)
        if text is not None:
            return _tidy(text)
    return _tidy(octets.decode("latin-1"))


def _utf8(octets: bytes) -> str | None:
    with contextlib.suppress(UnicodeDecodeError):
        return octets.decode()
    return None


def _cut_utf8(octets: bytes) -> str | None:
    """UTF-8 without its cut last character, if what is left is UTF-8 beyond doubt: it has such a character whole."""
    for cut in range(1, min(LONGEST_CUT, len(octets)) + 1):
        whole = _utf8(octets[:-cut])
        if whole is not None and not whole.isascii() and _is_cut_character(octets[-cut:]):
            return whole
    return None


def _gb18030(octets: bytes) -> str | None:
    with contextlib.suppress(UnicodeDecodeError):
        return octets.decode("gb18030")
    return None


def _is_cut_character(tail: bytes) -> bool:
    """Whether these bytes begin a character of UTF-8 and nothing else."""
    wanted = {0xC: 2, 0xD: 2, 0xE: 3, 0xF: 4}.get(tail[0] >> 4, 0)
    return len(tail) < wanted and all(byte & 0xC0 == CONTINUATION for byte in tail[1:])


def _tidy(text: str) -> str:
    kept = "".join(" " if ch in "\r\n\t\v\f" else ch for ch in text if ch.isprintable() or ch in "\r\n\t\v\f")
    return " ".join(kept.split())


def text_of(varbind: Varbind | None) -> str | None:
    """The text of a value; `None` for what is absent or blank."""
    if varbind is None or varbind.tag in ABSENT:
        return None
    if varbind.tag in (OCTETS, OPAQUE):
        return decode_text(varbind.value) or None
    if varbind.tag == OBJECT:
        oid = oid_of(varbind)
        return show_oid(oid) if oid else None
    if varbind.tag == IP_ADDRESS:
        address = address_of(varbind)
        return str(address) if address else None
    value = number_of(varbind)
    return None if value is None else str(value)


def number_of(varbind: Varbind | None) -> int | None:
    """The number of a value; agents that write numbers as text are understood too."""
    if varbind is None:
        return None
    if varbind.tag in NUMBERS:
        with contextlib.suppress(MalformedError):
            return decode_integer(varbind.value, varbind.tag)
        return None
    if varbind.tag == OCTETS:
        with contextlib.suppress(ValueError):
            return int(varbind.value)
    return None


def oid_of(varbind: Varbind | None) -> Oid | None:
    """The object identifier of a value; a dotted text counts."""
    if varbind is None:
        return None
    if varbind.tag == OBJECT:
        with contextlib.suppress(MalformedError):
            return decode_oid(varbind.value)
    if varbind.tag == OCTETS:
        with contextlib.suppress(ValueError):
            return tuple(int(arc) for arc in varbind.value.strip(b".").split(b"."))
    return None


def mac_of(varbind: Varbind | None) -> str | None:
    """A MAC address as `00:11:22:33:44:55`; `None` for none, all zeros and all ones."""
    if varbind is None or varbind.tag != OCTETS:
        return None
    octets = varbind.value
    if len(octets) != MAC_BYTES:
        digits = bytes(byte for byte in octets if chr(byte) in "0123456789abcdefABCDEF")
        if len(digits) != DIGITS_OF_A_MAC or not set(octets) <= set(b"0123456789abcdefABCDEF:-. "):
            return None
        octets = bytes.fromhex(digits.decode())
    if octets in (b"\0" * MAC_BYTES, b"\xff" * MAC_BYTES):
        return None
    return octets.hex(":")


def address_of(varbind: Varbind | None) -> Address | None:
    """An IP address: the SMI type, four or sixteen bytes, or its text."""
    if varbind is None or varbind.tag not in (IP_ADDRESS, OCTETS):
        return None
    with contextlib.suppress(ValueError):
        return address_of_octets(varbind.value)
    with contextlib.suppress(ValueError):
        return IPv4Address(varbind.value.decode("ascii", "replace"))
    with contextlib.suppress(ValueError):
        return IPv6Address(varbind.value.decode("ascii", "replace"))
    return None


def address_of_octets(octets: bytes) -> Address:
    """Four or sixteen bytes, with or without a four-byte zone after them."""
    match len(octets):
        case 4 | 8:
            return IPv4Address(octets[:IPV4_BYTES])
        case 16 | 20:
            return IPv6Address(octets[:IPV6_BYTES])
        case size:
            raise ValueError(f"{size} bytes are no address")


def prefix_length(mask: Varbind | None) -> int | None:
    """A network mask as the number of its leading ones; `None` where it has holes."""
    address = address_of(mask)
    if not isinstance(address, IPv4Address):
        return None
    bits = f"{int(address):032b}"
    return bits.count("1") if "01" not in bits else None


def raw_integer(varbind: Varbind) -> int:
    """A plain INTEGER; for enumerations."""
    return decode_integer(varbind.value) if varbind.tag == INTEGER else -1
