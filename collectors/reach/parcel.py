r"""Parcels: letters packed, sealed for the centre with age, and signed by who brings them.

The form, so that a file found in ten years can still be read:

    QIANYUN PARCEL 1\n
    {"id": …, "letters": …, "made_at": …, "room": …, "sealed": …, "signer": …}\n    the heading, JSON in one line
    Ed25519 signature of all else, 64 bytes
    `sealed` bytes: age, recipient the centre, of zlib, of a JSON list of letters

A bundle that is carried is one parcel of all letters of a run; a message of an agent is a parcel of one
letter. Nothing inside is looked at before the signature is known to be good.
"""

import json
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from collectors.reach.keys import OpeningKey, SigningKey, is_signed_by, seal
from collectors.reach.letters import Letter, MisreadError, read, write
from qianyun.errors import Fault, ReadError
from qianyun.estate.trust import PublicKey, Trust
from qianyun.words import _

MAGIC = b"QIANYUN PARCEL 1\n"
SIGNATURE_SIZE = 64
LONGEST_HEADING = 4096
LARGEST = 2 << 30
"""Octets of letters that are unpacked at most; a parcel that unfolds further is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Letters, and who answers for them.

    Attributes:
        id: Unique for ever; a parcel that comes twice is known by it.
        room: The only room that its letters speak of.
        signer: Who packed it.
    """

    id: str
    room: str
    signer: PublicKey
    made_at: datetime
    letters: tuple[Letter, ...]


def pack(room: str, letters: Sequence[Letter], signer: SigningKey, recipient: str, made_at: datetime) -> bytes:
    """Pack letters of one room for the centre."""
    content = json.dumps([write(letter) for letter in letters], ensure_ascii=False).encode()
    sealed = seal(zlib.compress(content), recipient)
    heading = {
        "id": secrets.token_hex(16),
        "letters": len(letters),
        "made_at": made_at.astimezone(UTC).isoformat(),
        "room": room,
        "sealed": len(sealed),
        "signer": signer.public,
    }
    head = MAGIC + json.dumps(heading, ensure_ascii=False, sort_keys=True).encode() + b"\n"
    return head + signer.sign(head + sealed) + sealed


def unpack(octets: bytes, trust: Trust, key: OpeningKey, place: str) -> Parcel:
    """Look into a parcel that came.

    Args:
        octets: All of it.
        trust: Who may bring results, and of which rooms.
        key: The centre's.
        place: Where it came from, for messages.

    Raises:
        ReadError: It is cut off, changed, of somebody unknown or for somebody else; nothing of it is believed.
    """
    head, signature, sealed = _cut(octets, place)
    heading = _heading(head, place)
    if len(sealed) < heading.sealed:
        words = _("it is cut off: {size} of {whole} octets are there")
        raise _refusal(place, words.format(size=len(sealed), whole=heading.sealed), _again())
    if len(sealed) > heading.sealed:
        raise _refusal(place, _("something was put behind its end"), _again())
    rooms = trust.agents.get(heading.signer)
    if rooms is None:
        what = _("it is signed by {signer}, whom {trust} does not name").format(
            signer=heading.signer, trust=trust.source
        )
        raise _refusal(place, what, _("if this agent is yours, name its key and its rooms there"))
    if not is_signed_by(heading.signer, signature, head + sealed):
        raise _refusal(place, _("it was changed on its way: the signature does not fit"), _again())
    if heading.room not in rooms:
        what = _("its signer {signer} may speak for {rooms}, not for {room}")
        named = "、".join(sorted(rooms)) or "–"
        raise _refusal(place, what.format(signer=heading.signer, rooms=named, room=heading.room))
    letters = _letters(_unfold(key.open(sealed), key, place), place)
    _belong(letters, heading, place)
    return Parcel(id=heading.id, room=heading.room, signer=heading.signer, made_at=heading.made_at, letters=letters)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heading:
    id: str
    letters: int
    made_at: datetime
    room: str
    sealed: int
    signer: PublicKey


def _cut(octets: bytes, place: str) -> tuple[bytes, bytes, bytes]:
    """Heading with its magic, signature, sealed part."""
    if not octets.startswith(MAGIC):
        if MAGIC.startswith(octets):
            raise _refusal(place, _("it is cut off before its heading"), _again())
        raise _refusal(place, _("it is no parcel of ours"))
    end = octets.find(b"\n", len(MAGIC), len(MAGIC) + LONGEST_HEADING) + 1
    if not end or len(octets) < end + SIGNATURE_SIZE:
        raise _refusal(place, _("it is cut off before its signature"), _again())
    return octets[:end], octets[end : end + SIGNATURE_SIZE], octets[end + SIGNATURE_SIZE :]


def _heading(head: bytes, place: str) -> _Heading:
    try:
        entry = cast("dict[str, str]", json.loads(head[len(MAGIC) :]))  # anything else raises below
        return _Heading(
            id=str(entry["id"]),
            letters=int(entry["letters"]),
            made_at=datetime.fromisoformat(entry["made_at"]),
            room=str(entry["room"]),
            sealed=int(entry["sealed"]),
            signer=PublicKey(str(entry["signer"])),
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise _refusal(place, _("its heading was changed on its way"), _again()) from None


def _unfold(content: bytes | None, key: OpeningKey, place: str) -> bytes:
    if content is None:
        what = _("it was sealed for somebody else than {recipient}").format(recipient=key.public)
        raise _refusal(place, what, _("open it with the centre's key that the agent's trust.yml names"))
    unfolding = zlib.decompressobj()
    try:
        unfolded = unfolding.decompress(content, LARGEST)
    except zlib.error:
        raise _refusal(place, _("what is in it is not in our form")) from None
    if unfolding.unconsumed_tail:
        raise _refusal(place, _("it unfolds to more than {most} octets").format(most=LARGEST))
    return unfolded


def _letters(content: bytes, place: str) -> tuple[Letter, ...]:
    try:
        return tuple(map(read, json.loads(content)))
    except (ValueError, TypeError, RecursionError, MisreadError) as error:
        what = _("what is in it is not in our form: {why}").format(why=error)
        raise _refusal(place, what, _("agent and centre must be of one version")) from error


def _belong(letters: Sequence[Letter], heading: _Heading, place: str) -> None:
    """An agent speaks for its own room and for nothing else."""
    for letter in letters:
        spoken_of = {str(each.value) for each in letter.observations if each.attribute == "device.room"}
        if letter.room != heading.room or not spoken_of <= {heading.room} or not letter.name.startswith(_own(letter)):
            what = _("a letter of {strange} lies in a parcel of {room}")
            strange = "、".join(sorted({letter.room, *spoken_of} - {heading.room})) or letter.name
            raise _refusal(place, what.format(strange=strange, room=heading.room))
    if len(letters) != heading.letters or not letters:
        what = _("it holds {count} letters, its heading says {said}")
        raise _refusal(place, what.format(count=len(letters), said=heading.letters))


def _own(letter: Letter) -> str:
    return f"{letter.run.id}/{letter.room}/"


def _again() -> str:
    return _("nothing of it was taken in; fetch it again from where it was made")


def _refusal(place: str, what: str, mend: str = "") -> ReadError:
    return ReadError(Fault(place=place, what=what, mend=mend))
