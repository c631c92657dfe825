"""Secrets inside configurations are blotted out before anything keeps the text.

Devices print passwords, communities and keys, in clear or hashed, into the configuration that they
show. What follows such a word is replaced by `•••`; the line stays, so that a rule on it can be read.
"""

import re

BLOT = "•••"
AFTER = re.compile(
    r"""(?ix)
    ( \b(?: password | passwd | cipher | irreversible-cipher | simple | secret | community(?:\ (?:read|write))?
          | psk | ps[kK]secret | pre-shared-key | passphrase | auth(?:entication)?-(?:key|password|mode\ \S+)
          | privacy-(?:key|password|mode\ \S+) | key-string | md5 | sha | shared-key | key\ \d+ | encrypted
          | passwd-hash | private-key | radius-server\ key | tacacs-server\ key | snmp-server\ community )
      (?: \s+ (?: \d | cipher | simple | irreversible-cipher | hash | read | write | ENC | sha256 | sha512 ) )*
      (?: \s+ | \s*=\s* ) )
    ( "[^"\n]*" | '[^'\n]*' | \S+ )
    """
)
KEY_BLOCK = re.compile(r"-----BEGIN [^\n]*PRIVATE KEY-----.*?-----END [^\n]*PRIVATE KEY-----", re.DOTALL)


TELLTALES = ("pass", "cipher", "simple", "secret", "community", "psk", "key", "-mode", "md5", "sha", "encrypted")
"""A text without any of these holds nothing to blot out; most have none."""


def blot(text: str) -> str:
    """The text without the secrets in it."""
    lowered = text.lower()
    if not any(word in lowered for word in TELLTALES):
        return text
    return AFTER.sub(lambda found: found.group(1) + BLOT, KEY_BLOCK.sub(BLOT, text))
