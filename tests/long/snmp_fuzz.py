"""Malformed answers: real ones of the sample's devices, bent `count` times; no crash, no hang, memory bounded.

Every bent answer goes through all that reads it: the message, the varbinds, the texts and addresses,
the identification, the tables. Only `MalformedError` may come out of the message; nothing at all out of
the rest.
"""

import random
import resource
import time
from pathlib import Path

from collectors.agents.recording import load
from collectors.answers import Answers
from collectors.ber import GET_BULK, RESPONSE, MalformedError, Varbind, encode_integer, frame, write_varbinds
from collectors.decoding import address_of, mac_of, number_of, oid_of, text_of
from collectors.messages import Engine, open_v3, read_v2c, read_v3, request_pdu, write_v2c, write_v3
from collectors.observing import observe
from collectors.run import new_run
from collectors.usm import Keys
from qianyun.estate.targets import Target, Transport

USUAL = 1_000_000
STEP = 50_000
DEVICES = Path(__file__).parent.parent.parent / "inventory" / "province" / "devices"
TARGET = Target(name="t", room="r", address="192.0.2.1", port=161, transport=Transport.SNMP, credential="c")
RUN = new_run()
ENGINE = Engine(id=b"\x80\x00\x7f\xff\x04fuzz", boots=1, seconds=1)
KEYS = Keys.of("sha256", "auth-word-1234", "priv-word-1234", ENGINE.id)
MOST_GROWTH_KIB = 200 << 10
SLOWEST_S = 0.5
HALF = 0.5


def run(seed: int, count: int | None) -> None:
    """Bend answers; the first that does something else than being refused ends it."""
    dice = random.Random(seed)  # noqa: S311 - dice, no secret
    pages = _pages()
    answers = _real_answers(pages)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slowest, refused = 0.0, 0
    for number in range(count or USUAL):
        message = _bent(dice, dice.choice(answers)) if dice.random() < HALF else _bent_inside(dice, dice.choice(pages))
        began = time.process_time()
        refused += not _read(message)
        slowest = max(slowest, time.process_time() - began)
        if slowest > SLOWEST_S:
            raise SystemExit(f"answer {number} took {slowest:.2f} s: {message.hex()}")
        if (number + 1) % STEP == 0:
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            print(f"{number + 1:,}: {refused:,} refused, slowest {slowest * 1000:.1f} ms, grown {grown >> 10} MiB")
            if grown > MOST_GROWTH_KIB:
                raise SystemExit(f"memory grew by {grown >> 10} MiB")


def _pages() -> list[list[Varbind]]:
    """What all sample devices answer, twelve values at a time."""
    every = [load(path).varbinds for path in sorted(DEVICES.glob("*.snmprec"))]
    return [list(varbinds[n : n + 12]) for varbinds in every for n in range(0, len(varbinds), 12)]


def _real_answers(pages: list[list[Varbind]]) -> list[bytes]:
    """Answers over v2c and v3, and what is no answer."""
    found = [write_v2c(b"public", request_pdu(7, [b"\x2b"], 10)), frame(GET_BULK, b"")]
    for page in pages:
        pdu = _response(page)
        found += [write_v2c(b"public", pdu), write_v3(7, pdu, ENGINE, b"qianyun", KEYS)]
    return found


def _bent_inside(dice: random.Random, page: list[Varbind]) -> bytes:
    """A message that is whole and holds names, types and values that make no sense."""
    bent = [
        Varbind(
            _bent(dice, v.oid) if dice.random() < 0.2 else v.oid,
            dice.randrange(256) if dice.random() < 0.2 else v.tag,
            _bent(dice, v.value) if dice.random() < HALF else v.value,
        )
        for v in page
    ]
    return write_v2c(b"public", _response(bent))


def _response(varbinds: list[Varbind]) -> bytes:
    return frame(RESPONSE, encode_integer(7) + encode_integer(0) * 2 + write_varbinds(varbinds))


def _bent(dice: random.Random, message: bytes) -> bytes:
    """A few bytes changed, put in, taken out or repeated; now and then the tail cut off."""
    octets = bytearray(message)
    for _place in range(dice.randint(1, 6)):
        at = dice.randrange(len(octets) or 1)
        match dice.randrange(5):
            case 0:
                octets[at : at + 1] = bytes((dice.randrange(256),))
            case 1:
                octets[at:at] = dice.randbytes(dice.randint(1, 4))
            case 2:
                del octets[at : at + dice.randint(1, 4)]
            case 3:
                octets[at:at] = octets[at : at + dice.randint(1, 60)]
            case _:
                octets[at : at + 1] = bytes((dice.choice((0x00, 0x7F, 0x80, 0x82, 0x84, 0xFF, 0x30, 0x06)),))
    return bytes(octets[: dice.randrange(len(octets) + 1)] if dice.random() < 0.1 else octets)


def _read(message: bytes) -> bool:
    """Read an answer as the collector does; whether anything of it was taken."""
    try:
        varbinds = read_v2c(message).varbinds
    except MalformedError:
        try:
            opened = open_v3(message)
            varbinds = read_v3(message, opened, KEYS).varbinds
        except MalformedError:
            return False
    for varbind in varbinds:
        for read in (text_of, number_of, oid_of, mac_of, address_of):
            read(varbind)
    observe(Answers(varbinds), TARGET, RUN, RUN.began_at)
    return True
