"""The broker of the exchange zone: pulls, checks, masks, signs, hands over, delivers, acknowledges.

Two brokers stand at one exchange zone, one a side, with no route between them: what they share is a
folder, the *ferry*. A parcel is a folder that is made under another name and then renamed, so it is
either there whole or not there. Each side keeps a ledger that writes what it is about to do before it
does it, so that a broker that is killed at any moment goes on where it was, and delivers once.

This package runs on hosts that have nothing of ours: it imports Python's own library, `cryptography`
and `jsonschema` (both Debian's), `qianyun.policy.channels`, `qianyun.errors` and `qianyun.words`.
"""
