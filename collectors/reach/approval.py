"""Approval: a manifest is asked only when somebody who may do so has signed it, to the last letter.

The signature stands beside it (`collect.sig`) as text that a person can read, covers the manifest and
the enrolled host keys, and ends on a day. Without it nothing is probed.
"""

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collectors.reach.keys import SigningKey, is_signed_by
from qianyun.errors import DeclarationError, Fault
from qianyun.estate.targets import Manifest
from qianyun.estate.trust import ManifestSignature, Trust
from qianyun.importers.collect_file import NAME, load_manifest
from qianyun.importers.trust_file import LAST, SIGNATURE, load_signature
from qianyun.words import _

HEAD = "# qianyun collect sign: 采集清单签名，改动任何一字即失效\n"


def approved(folder: Path, trust: Trust, now: datetime | None = None) -> Manifest:
    """The manifest of a folder, when its signature is good.

    Raises:
        DeclarationError: It is unsigned, altered, out of date, or signed by somebody who may not; or it
            cannot be read.
    """
    signature = load_signature(folder / SIGNATURE)
    faults = list(_distrust(signature, trust, now or datetime.now(UTC)))
    if faults:
        raise DeclarationError(faults)
    manifest = load_manifest(folder)
    covered = [folder / NAME, *([manifest.known_hosts] if manifest.known_hosts else [])]
    faults = [fault for path in covered if (fault := _altered(path, signature))]
    if faults:
        raise DeclarationError(faults)
    return manifest


def _distrust(signature: ManifestSignature, trust: Trust, now: datetime) -> Iterator[Fault]:
    place = Path(signature.source).name
    if signature.signer not in trust.manifest_signers:
        what = _("it is signed by {signer}, who may not sign manifests").format(signer=signature.signer)
        mend = _("{trust} names those who may: {names}")
        names = "、".join(trust.manifest_signers.values()) or "–"
        yield Fault(place=place, what=what, mend=mend.format(trust=trust.source, names=names))
    elif not is_signed_by(signature.signer, signature.signature, signature.signed):
        yield Fault(place=place, what=_("the signature was altered and is worth nothing"), mend=_sign_again())
    if signature.valid_until <= now:
        what = _("the signature ended on {day}").format(day=signature.valid_until.date())
        yield Fault(place=place, what=what, mend=_sign_again())


def _altered(path: Path, signature: ManifestSignature) -> Fault | None:
    expected = signature.files.get(path.name)
    if expected is None and not path.is_file():
        return None  # no host key was enrolled then, and none is now
    if expected is None:
        return Fault(place=path.name, what=_("the signature does not cover it"), mend=_sign_again())
    if not path.is_file():
        return Fault(place=path.name, what=_("it was signed and is not there"))
    if _digest(path) != expected:
        return Fault(place=path.name, what=_("it was changed after it was signed"), mend=_sign_again())
    return None


def _sign_again() -> str:
    return _("let somebody who answers for it look at it and sign it again")


def sign(folder: Path, key: SigningKey, valid_days: int, now: datetime | None = None) -> Path:
    """Write the signature beside a manifest that can be read; its path.

    Raises:
        DeclarationError: The manifest cannot be read.
    """
    manifest = load_manifest(folder)
    begin = (now or datetime.now(UTC)).replace(microsecond=0)
    known = manifest.known_hosts
    covered = [folder / NAME, *([known] if known is not None and known.is_file() else [])]
    signed = HEAD + "".join(
        (
            f"signed_at: '{begin.isoformat()}'\n",
            f"valid_until: '{(begin + timedelta(days=valid_days)).isoformat()}'\n",
            f"signer: {key.public}\n",
            "files:\n",
            *(f"  {path.name}: {_digest(path)}\n" for path in covered),
        )
    )
    path = folder / SIGNATURE
    path.write_bytes(signed.encode() + LAST + base64.b64encode(key.sign(signed.encode())) + b"\n")
    return path


def _digest(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
