"""Acknowledgements: what became of a parcel, signed by the side that took it."""

import base64
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from qianyun.errors import ReadError
from qianyun.exchange.parcel import durable, limited, sync
from qianyun.words import _

MOST = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Delivered, or refused and why.

    Attributes:
        id: The parcel's.
        state: `delivered` or `refused`.
        digest: Of the payload as it was delivered; empty for a parcel that was refused.
    """

    id: str
    state: str
    why: str
    digest: str


def acknowledge(path: Path, said: Acknowledgement, key: Ed25519PrivateKey) -> None:
    """Write one, whole or not at all."""
    text = json.dumps(asdict(said), ensure_ascii=False, sort_keys=True)
    signed = {"said": text, "signature": base64.b64encode(key.sign(text.encode())).decode()}
    draft = path.with_name(f".{path.name}")
    durable(draft, json.dumps(signed, ensure_ascii=False).encode())
    draft.rename(path)
    sync(path.parent)


def acknowledged(path: Path, key: Ed25519PublicKey) -> Acknowledgement:
    """Read one that the other side signed.

    Raises:
        ReadError: It says what it must not, or somebody else signed it.
    """
    try:
        signed = json.loads(limited(path, MOST))
        text = str(signed["said"])
        key.verify(base64.b64decode(signed["signature"]), text.encode())
        return Acknowledgement(**json.loads(text))
    except InvalidSignature:
        raise ReadError(_("the signature is not that of the other side")) from None
    except (KeyError, TypeError, ValueError) as error:
        raise ReadError(_("{name} cannot be read: {why}").format(name=path.name, why=error)) from error
