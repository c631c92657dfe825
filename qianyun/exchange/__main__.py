"""`qianyun-exchange`, as it runs on a broker's host and, for `receive`, on a department's.

serve FILE            a side's broker, until it is told to stop
round FILE            one round, and how much was done
check FILE            nothing, if settings and keys can be read
keys FOLDER           make the keys that are not there yet, and print the public half
log FILE              the log as JSON lines, checked link by link
receive FOLDER KEYS   take one parcel from stdin into an inbox, and answer for it
"""

import argparse
import json
import sys
from contextlib import closing
from pathlib import Path

from qianyun.errors import QianyunError
from qianyun.exchange.broker import Broker, serve
from qianyun.exchange.delivering import answer
from qianyun.exchange.keys import make_key, make_secret, private, public, public_text, secret
from qianyun.exchange.ledger import Ledger
from qianyun.exchange.settings import load_settings

WRONG_INPUT = 2


def keys(folder: Path) -> int:
    """Make what is missing; print the public half of what signs."""
    make_key(folder / "signing.key")
    make_secret(folder / "pseudonyms.key")
    said = public_text(private(folder / "signing.key")) + "\n"
    (folder / "signing.pub").write_text(said)
    sys.stdout.write(said)
    return 0


def log(file: Path) -> int:
    """Print the log."""
    with closing(Ledger(load_settings(file).home / "ledger.db")) as ledger:
        for entry in ledger.entries():
            sys.stdout.write(json.dumps(entry, ensure_ascii=False) + "\n")
    return 0


def check(file: Path) -> int:
    """Read settings and keys; what cannot be read is told by whoever called."""
    settings = load_settings(file)
    private(settings.keys / "signing.key")
    secret(settings.keys / "pseudonyms.key")
    public(settings.keys / "other.pub")
    return 0


def one_round(file: Path) -> int:
    """Run one round."""
    settings = load_settings(file)
    with closing(Ledger(settings.home / "ledger.db")) as ledger:
        sys.stdout.write(f"{Broker(settings, ledger).round()}\n")
    return 0


def main(arguments: list[str]) -> int:
    """Do what is asked; faults are told in words."""
    parser = argparse.ArgumentParser(prog="qianyun-exchange", description="The broker of an exchange zone.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("serve", "round", "check", "log", "keys"):
        verbs.add_parser(verb).add_argument("place", type=Path)
    receiving = verbs.add_parser("receive")
    receiving.add_argument("place", type=Path)
    receiving.add_argument("senders", type=Path)
    asked = parser.parse_args(arguments)
    try:
        match asked.verb:
            case "serve":
                serve(load_settings(asked.place))
            case "receive":
                return answer(asked.place, asked.senders)
            case _:
                return {"round": one_round, "check": check, "log": log, "keys": keys}[asked.verb](asked.place)
    except QianyunError as error:
        sys.stderr.write("".join(f"✕ {fault}\n" for fault in error.faults))
        return WRONG_INPUT
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
