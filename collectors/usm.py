"""The user-based security of SNMP v3: keys, digests and encryption.

Source: RFC 3414 (USM, HMAC-96 with SHA-1), RFC 7860 (HMAC with SHA-2), RFC 3826 (AES-128 in CFB).
"""

import hashlib
import hmac
import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

MAC_BYTES: Mapping[str, int] = {"sha1": 12, "sha224": 16, "sha256": 24, "sha384": 32, "sha512": 48}
"""Hash to the length of its digest in a message."""

STRETCHED_BYTES = 1 << 20
AES_KEY_BYTES, SALT_BYTES = 16, 8


@lru_cache(maxsize=64)
def key_of(password: str, algorithm: str) -> bytes:
    """A password as a key; a megabyte is hashed, so each is remembered (RFC 3414 section A.2)."""
    octets = password.encode()
    repeated = octets * (STRETCHED_BYTES // len(octets) + 1)
    return hashlib.new(algorithm, repeated[:STRETCHED_BYTES]).digest()


def localise(key: bytes, engine_id: bytes, algorithm: str) -> bytes:
    """A key for one engine alone (RFC 3414 section 2.6)."""
    return hashlib.new(algorithm, key + engine_id + key).digest()


@dataclass(slots=True)
class Keys:
    """A user's keys on one engine.

    Attributes:
        algorithm: A key of `MAC_BYTES`.
    """

    algorithm: str
    auth: bytes = field(repr=False)
    priv: bytes = field(repr=False)
    _salts: "itertools.count[int]" = field(default_factory=lambda: itertools.count(secrets.randbits(63)), repr=False)

    @classmethod
    def of(cls, algorithm: str, auth_password: str, priv_password: str, engine_id: bytes) -> "Keys":
        """Both keys from passwords, for one engine."""
        auth, priv = (
            localise(key_of(password, algorithm), engine_id, algorithm) for password in (auth_password, priv_password)
        )
        return cls(algorithm, auth, priv[:AES_KEY_BYTES])

    @property
    def mac_bytes(self) -> int:
        """Length of a digest in a message."""
        return MAC_BYTES[self.algorithm]

    def digest(self, message: bytes) -> bytes:
        """The digest of a message whose own digest is zeros."""
        return hmac.digest(self.auth, message, self.algorithm)[: self.mac_bytes]

    def is_right(self, message: bytes, begin: int, end: int) -> bool:
        """Whether the digest at `begin` to `end` of a message is the message's."""
        claimed = message[begin:end]
        blanked = message[:begin] + bytes(end - begin) + message[end:]
        return len(claimed) == self.mac_bytes and hmac.compare_digest(claimed, self.digest(blanked))

    def encrypt(self, content: bytes, boots: int, seconds: int) -> tuple[bytes, bytes]:
        """Content encrypted, and the salt that goes with it; no salt is used twice."""
        salt = (next(self._salts) & (1 << 64) - 1).to_bytes(SALT_BYTES)
        return self._cipher(boots, seconds, salt).encryptor().update(content), salt

    def decrypt(self, content: bytes, boots: int, seconds: int, salt: bytes) -> bytes:
        """Encrypted content in clear; nonsense where the key is another."""
        return self._cipher(boots, seconds, salt).decryptor().update(content)

    def _cipher(self, boots: int, seconds: int, salt: bytes) -> Cipher[CFB]:
        vector = boots.to_bytes(4) + seconds.to_bytes(4) + salt
        return Cipher(algorithms.AES(self.priv), CFB(vector))
