"""From one side to the other: whole, masked, signed, acknowledged; or not at all."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from exchange_sides import Sides, sides, table, usual

from qianyun.errors import StoreError
from qianyun.exchange.broker import Broker
from qianyun.exchange.ledger import ACKNOWLEDGED, HANDED, REFUSED, Ledger
from qianyun.exchange.parcel import MANIFEST, PAYLOAD
from qianyun.policy.channels import ContentKind, Delivery, DeliveryKind, Side


class Pair:
    """Both sides' brokers in this process, a round at a time."""

    def __init__(self, both: Sides, ledgers: dict[Side, Ledger]) -> None:
        self.both, self.ledgers = both, ledgers
        self.brokers = {side: Broker(both.settings(side), ledgers[side]) for side in Side}

    def rounds(self, count: int = 3) -> None:
        for _number in range(count):
            for side in Side:
                self.brokers[side].round()

    def events(self, side: Side) -> list[str]:
        return [str(entry["event"]) for entry in self.ledgers[side].entries()]


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def pair(tmp_path: Path, opened: ExitStack) -> Pair:
    return pair_of(sides(tmp_path), opened)


def pair_of(both: Sides, opened: ExitStack) -> Pair:
    ledgers = {side: opened.enter_context(closing(Ledger(both.settings(side).home / "ledger.db"))) for side in Side}
    return Pair(both, ledgers)


def test_a_file_arrives_masked_and_its_sender_hears_of_it(pair: Pair) -> None:
    pair.both.put("one.csv", usual(1))

    pair.rounds()

    assert pair.both.delivered() == {"one.csv": pair.both.masked(usual(1))}
    assert pair.events(Side.OUTER) == ["sealed", "handed over", "delivered"]
    assert pair.events(Side.INNER) == ["delivered"]
    assert [each.state for each in pair.ledgers[Side.OUTER].sent(ACKNOWLEDGED)] == [ACKNOWLEDGED]
    assert [path for path in (pair.both.folder / "ferry").rglob("*") if path.is_file()] == []


def test_a_file_is_sent_again_when_it_is_written_again_and_not_otherwise(pair: Pair) -> None:
    path = pair.both.put("one.csv", usual(1))
    pair.rounds(4)
    assert len(pair.both.delivered()) == 1

    os.utime(path, (1_700_000_100, 1_700_000_100))
    pair.rounds()

    assert len(pair.both.delivered()) == 2


def test_a_wrong_file_stays_with_its_reasons_and_the_next_one_goes_on(pair: Pair) -> None:
    pair.both.put("a-wrong.csv", table([["A000001", "", "x", "", "", ""]]))
    pair.both.put("b-right.csv", usual(1))

    pair.rounds()

    assert set(pair.both.delivered()) == {"b-right.csv"}
    (why,) = (pair.both.folder / "outer" / "quarantine").glob("*/why.json")
    assert "row 2, applicant: is empty" in why.read_text()


def test_what_nobody_masked_does_not_cross(tmp_path: Path, opened: ExitStack) -> None:
    pair = pair_of(sides(tmp_path, masks=()), opened)
    pair.both.put("one.csv", usual(1))

    pair.rounds()

    assert pair.both.delivered() == {}
    assert pair.events(Side.OUTER) == ["quarantined"]


@pytest.mark.parametrize("name", [".hidden.csv", "-rf.csv", "manifest.json", "x\n.csv"])
def test_a_name_that_is_no_plain_name_is_not_delivered(pair: Pair, name: str) -> None:
    pair.both.source.joinpath(name).write_bytes(usual(1))

    pair.rounds()

    assert pair.both.delivered() == {}


def test_a_link_is_not_followed(pair: Pair) -> None:
    outside = pair.both.folder / "secret.csv"
    outside.write_bytes(usual(1))
    pair.both.source.joinpath("link.csv").symlink_to(outside)

    pair.rounds()

    assert pair.both.delivered() == {}


@pytest.mark.parametrize("part", [PAYLOAD, MANIFEST])
def test_a_parcel_that_was_changed_on_its_way_is_refused(pair: Pair, part: str) -> None:
    pair.both.put("one.csv", usual(1))
    pair.brokers[Side.OUTER].round()
    (ready,) = (pair.both.folder / "ferry" / "outer" / "ready").iterdir()
    path = ready / part
    path.write_bytes(path.read_bytes().replace(b"2", b"3"))

    pair.rounds()

    assert pair.both.delivered() == {}
    assert [each.state for each in pair.ledgers[Side.OUTER].sent(REFUSED)] == [REFUSED]
    assert (pair.both.folder / "outer" / "quarantine" / ready.name / part).exists()


def test_an_acknowledgement_that_the_other_side_did_not_sign_is_not_believed(pair: Pair) -> None:
    pair.both.put("one.csv", usual(1))
    pair.brokers[Side.OUTER].round()
    (ready,) = (pair.both.folder / "ferry" / "outer" / "ready").iterdir()
    forged = {"said": json.dumps({"id": ready.name.rpartition("-")[2], "state": "delivered", "why": "", "digest": ""})}
    forged["signature"] = "AAAA"
    (pair.both.folder / "ferry" / "inner" / "acks" / f"{ready.name}.json").write_text(json.dumps(forged))

    pair.brokers[Side.OUTER].round()
    pair.brokers[Side.OUTER].round()

    assert [each.state for each in pair.ledgers[Side.OUTER].sent(HANDED)] == [HANDED]
    assert pair.events(Side.OUTER).count("not believed") == 1


def test_pulling_rests_while_too_much_waits_and_goes_on_when_it_was_taken(tmp_path: Path, opened: ExitStack) -> None:
    pair = pair_of(sides(tmp_path, backlog=2), opened)
    for number in range(5):
        pair.both.put(f"{number}.csv", usual(number))

    for _number in range(4):
        pair.brokers[Side.OUTER].round()
    waiting = len(pair.ledgers[Side.OUTER].sent(HANDED))
    pair.rounds(6)

    assert waiting == 2
    assert len(pair.both.delivered()) == 5
    assert {"rests", "goes on"} <= set(pair.events(Side.OUTER))


def test_a_receiver_that_is_away_holds_the_parcel_and_gets_it_later(tmp_path: Path, opened: ExitStack) -> None:
    away = Delivery(kind=DeliveryKind.SSH, address="127.0.0.1", port=9, user="nobody")
    pair = pair_of(sides(tmp_path, deliver=away), opened)
    pair.both.put("one.csv", usual(1))
    pair.rounds()
    assert pair.events(Side.INNER) == ["does not answer"]
    pair.ledgers[Side.INNER].close()

    here = Delivery(kind=DeliveryKind.FOLDER, path=str(tmp_path / "target"))
    again = Sides(folder=tmp_path, channels=(replace(pair.both.channels[0], deliver=here),))
    again.tell()
    pair_of(again, opened).rounds()

    assert set(again.delivered()) == {"one.csv"}


def test_two_sides_that_hold_different_rules_do_not_pass_anything(tmp_path: Path, opened: ExitStack) -> None:
    both = sides(tmp_path)
    inner = json.loads(both.file(Side.INNER).read_text())
    inner["channels"][0]["masks"] = inner["channels"][0]["masks"][:1]
    both.file(Side.INNER).write_text(json.dumps(inner))
    pair = pair_of(both, opened)
    both.put("one.csv", usual(1))

    pair.rounds()

    assert both.delivered() == {}
    assert pair.events(Side.OUTER)[-1] == "refused"


def test_a_file_that_is_still_written_waits(tmp_path: Path, opened: ExitStack) -> None:
    both = sides(tmp_path)
    patient = replace(both.channels[0], pull=replace(both.channels[0].pull, settled_s=3600))
    waiting = Sides(folder=tmp_path, channels=(patient,))
    waiting.tell()
    pair = pair_of(waiting, opened)
    waiting.source.joinpath("one.csv").write_bytes(usual(1))

    pair.rounds()

    assert waiting.delivered() == {}


def test_a_log_that_was_changed_is_told(pair: Pair) -> None:
    pair.both.put("one.csv", usual(1))
    pair.rounds()
    ledger = pair.ledgers[Side.OUTER]
    connection = ledger._open  # noqa: SLF001 - whoever changes the file has this much

    connection.execute("DROP TRIGGER log_stays")
    connection.execute("UPDATE log SET said = replace(said, 'applications', 'another') WHERE entry = 1")

    with pytest.raises(StoreError, match="entry 1 of the log was changed"):
        ledger.entries()


def test_a_pdf_passes_as_it_is(tmp_path: Path, opened: ExitStack) -> None:
    pair = pair_of(sides(tmp_path, content=ContentKind.PDF, columns=(), masks=(), unmasked_why="declared"), opened)
    pair.both.put("one.pdf", b"%PDF-1.7 ... %%EOF\n")

    pair.rounds()

    assert pair.both.delivered() == {"one.pdf": b"%PDF-1.7 ... %%EOF\n"}
