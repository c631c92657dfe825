"""`trust.yml` and `collect.sig`: whom a collection trusts, and the signature beside a manifest.

Both are read here and judged elsewhere: a signature that can be read need not be good.
"""

import base64
import binascii
import re
from datetime import datetime
from pathlib import Path

from qianyun.errors import DeclarationError, Fault
from qianyun.estate.trust import ManifestSignature, PublicKey, Trust
from qianyun.importers.yaml_places import Node, Reading, load
from qianyun.words import _

TRUST = "trust.yml"
SIGNATURE = "collect.sig"
KEY = re.compile(r"ed25519:[A-Za-z0-9+/]{43}=")
RECIPIENT = re.compile(r"age1[02-9ac-hj-np-z]{58}")
LAST = b"signature: "
"""What the last line of a signature begins with; everything before it is signed."""


def load_trust(path: Path) -> Trust:
    """Read whom to trust.

    Raises:
        DeclarationError: Says all faults with their lines.
    """
    if not path.is_file():
        mend = _("name there whose signature counts; qianyun collect key --for signing makes a key")
        raise DeclarationError(Fault(place=str(path), what=_("nobody is trusted: there is no such file"), mend=mend))
    reading = Reading()
    fields = reading.fields(load(path), (), ("manifest_signers", "agents", "centre"))
    signers = {
        key: name
        for node in reading.elements(fields.get("manifest_signers"))
        for entry in [reading.fields(node, ("key", "name"))]
        if (key := _key(reading, entry.get("key"))) and (name := reading.text(entry.get("name")))
    }
    agents = {
        key: frozenset(room for each in reading.elements(entry.get("rooms")) if (room := reading.text(each)))
        for node in reading.elements(fields.get("agents"))
        for entry in [reading.fields(node, ("key", "rooms"))]
        if (key := _key(reading, entry.get("key")))
    }
    centre = reading.text(fields.get("centre")) or ""
    if centre and not RECIPIENT.fullmatch(centre):
        what = _("centre is {value!r}, which is no age recipient").format(value=centre)
        reading.fault(fields["centre"], what, _("qianyun collect key --for opening prints one"))
    if reading.faults:
        raise reading.refusal()
    return Trust(manifest_signers=signers, agents=agents, centre=centre, source=str(path))


def _key(reading: Reading, node: Node | None) -> PublicKey | None:
    text = reading.text(node)
    if node is None or text is None:
        return None
    if not KEY.fullmatch(text):
        what = _("key is {value!r}, which is no public key").format(value=text)
        reading.fault(node, what, _("qianyun collect key --for signing prints one"))
        return None
    return PublicKey(text)


def load_signature(path: Path) -> ManifestSignature:
    """Read the signature of a manifest.

    Raises:
        DeclarationError: There is none, or it cannot be read.
    """
    if not path.is_file():
        mend = _("let somebody who answers for it sign it: qianyun collect sign")
        raise DeclarationError(Fault(place=str(path), what=_("the manifest is not signed"), mend=mend))
    reading = Reading()
    required = ("signed_at", "valid_until", "signer", "files", "signature")
    fields = reading.fields(load(path), required)
    signer = _key(reading, fields.get("signer"))
    begin, end = (_moment(reading, fields.get(name)) for name in ("signed_at", "valid_until"))
    files = {name: reading.text(node) or "" for name, node in reading.entries(fields.get("files")).items()}
    signature = _octets(reading, fields.get("signature"))
    if reading.faults or signer is None or begin is None or end is None or signature is None:
        raise reading.refusal()
    signed, _last, _rest = path.read_bytes().rpartition(LAST)
    return ManifestSignature(
        signer=signer,
        signed_at=begin,
        valid_until=end,
        files=files,
        signed=signed,
        signature=signature,
        source=str(path),
    )


def _moment(reading: Reading, node: Node | None) -> datetime | None:
    text = reading.text(node)
    if node is None or text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        reading.fault(node, _("{value!r} is no moment with a time zone").format(value=text))
        return None
    return moment


def _octets(reading: Reading, node: Node | None) -> bytes | None:
    text = reading.text(node)
    if node is None or text is None:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        reading.fault(node, _("is no signature"))
        return None
