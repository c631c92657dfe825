"""CLI transcripts bent at random: prompts, pagers, encodings and secrets in wrong places; no crash, no hang.

What comes out must hold no canary that stood after a word for a secret on a line of its own, and reading
must take a time that grows with the text and no faster.
"""

import random
import time
from datetime import UTC, datetime
from pathlib import Path

from collectors import linux
from collectors.cli_facts import observe_cli
from collectors.linux_script import is_whole, sections
from collectors.redaction import blot
from collectors.run import new_run
from collectors.ssh import decode_text_lines
from collectors.transcript import PAGER, PROMPT, clean
from qianyun.estate.targets import Profile, Target, Transport

USUAL = 100_000
STEP = 10_000
DEVICES = Path(__file__).parent.parent.parent / "inventory" / "province" / "devices"
RUN = new_run()
AT = datetime(2026, 1, 1, tzinfo=UTC)
SLOWEST_S = 0.5
CANARY = "c4nary-word"
LINES = (" password cipher {}\n", "snmp-agent community read cipher {}\n", "snmp-server community {} RO\n")
JUNK = (
    b"---- More ----",
    b"\x1b[42D",
    b"\x08" * 8,
    b"<sw>",
    b"[sw]",
    b"\xd6\xd0\xce\xc4",
    b"\xff\xfe",
    b"\x00",
    b"\r\n" * 5,
)


def run(seed: int, count: int | None) -> None:
    """Bend transcripts; the first that raises, hangs or tells a secret ends it."""
    dice = random.Random(seed)  # noqa: S311 - dice, no secret
    texts = [path.read_bytes() for path in sorted(DEVICES.glob("*/*.txt"))]
    slowest = 0.0
    for number in range(count or USUAL):
        raw = _bent(dice, dice.choice(texts))
        began = time.process_time()
        _read(dice, raw)
        slowest = max(slowest, time.process_time() - began)
        if slowest > SLOWEST_S:
            raise SystemExit(f"transcript {number} took {slowest:.2f} s: {raw[:200]!r}")
        if (number + 1) % STEP == 0:
            print(f"{number + 1:,}: slowest {slowest * 1000:.1f} ms")


def _bent(dice: random.Random, text: bytes) -> bytes:
    octets = bytearray(text)
    for _place in range(dice.randint(1, 8)):
        at = dice.randrange(len(octets) + 1)
        match dice.randrange(4):
            case 0:
                octets[at:at] = dice.choice(JUNK)
            case 1:
                octets[at : at + dice.randint(1, 40)] = dice.randbytes(dice.randint(0, 12))
            case 2:
                octets[at:at] = octets[: dice.randint(1, 300)]
            case _:
                octets[at:at] = dice.choice((b" ", b"-", b"#", b"\n", b'"')) * dice.randint(1, 400)
    return bytes(octets)


def _read(dice: random.Random, raw: bytes) -> None:
    text = decode_text_lines(raw)
    PAGER.search(text[-256:])
    PROMPT.search(text[-256:])
    answer = clean(text, "display version")
    secret = dice.choice(LINES).format(CANARY)
    if CANARY in (blotted := blot(f"{answer}\n{secret}")):
        raise SystemExit(f"a secret was told: {blotted!r}")
    profile = dice.choice([Profile.VRP, Profile.COMWARE, Profile.IOS, Profile.FORTIOS, Profile.ZXROS])
    target = Target(
        name="t", room="r", address="192.0.2.1", port=22, transport=Transport.SSH, credential="c", profile=profile
    )
    answers = dict.fromkeys(("version", "interfaces", "neighbours", "arp", "configuration"), blotted)
    observe_cli(answers, target, RUN, AT)
    linux.observe(sections(text), target, RUN, AT)
    is_whole(text)
