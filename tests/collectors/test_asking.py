import asyncio
from collections.abc import Sequence

import pytest

from collectors.agents.recording import Recording, Replay
from collectors.asking import Conversation, NoAnswerError, TooBigError
from collectors.ber import INTEGER, Oid, Varbind, encode_oid
from collectors.oids import Table

ROOT: Oid = (1, 3, 6, 1, 9)
TABLE = Table(name="table", first=ROOT, stop=(1, 3, 6, 1, 10))


def row(*index: int) -> Varbind:
    return Varbind(encode_oid((*ROOT, *index)), INTEGER, b"\x01")


def rows(count: int) -> Recording:
    return Recording.of(((*ROOT, 1, n), row(1, n)) for n in range(count))


class Lossy(Replay):
    """Answers from a recording, and stays silent when the script says so."""

    def __init__(self, recording: Recording, silences: Sequence[bool]) -> None:
        super().__init__(recording)
        self._silences = list(silences)
        self.repetitions: list[int] = []

    async def bulk(self, after: Oid, repetitions: int, timeout_s: float) -> list[Varbind]:
        self.repetitions.append(repetitions)
        if self._silences and self._silences.pop(0):
            self.asked.append(after)
            raise NoAnswerError
        return await super().bulk(after, repetitions, timeout_s)


class Scripted:
    """Gives one answer after another, whatever is asked."""

    def __init__(self, answers: Sequence[Sequence[Varbind]]) -> None:
        self._answers = iter(answers)

    async def get(self, names: Sequence[Oid], timeout_s: float) -> list[Varbind]:
        raise NotImplementedError

    async def bulk(self, after: Oid, repetitions: int, timeout_s: float) -> list[Varbind]:  # noqa: ARG002 - the protocol's
        return list(next(self._answers))


def test_a_walk_gives_every_row_once_whatever_is_lost() -> None:
    recording = rows(300)
    asker = Lossy(recording, [False, True, True, False, True, False, False, True])

    walked = asyncio.run(Conversation(asker).walk(TABLE))

    assert walked.varbinds == recording.varbinds
    assert walked.cut == ""


def test_a_lost_answer_is_asked_for_again_from_the_same_name_with_half_the_rows() -> None:
    asker = Lossy(rows(300), [False, True])

    asyncio.run(Conversation(asker).walk(TABLE))

    assert asker.asked[1] == asker.asked[2]
    assert asker.repetitions[2] == asker.repetitions[1] // 2


def test_a_device_that_stays_silent_is_given_up_after_five_tries() -> None:
    asker = Lossy(rows(3), [True] * 9)

    with pytest.raises(NoAnswerError):
        asyncio.run(Conversation(asker).walk(TABLE))

    assert len(asker.asked) == 5


@pytest.mark.parametrize(
    ("answers", "cut", "kept"),
    [
        ([[row(1), row(2)], [row(1), row(2)]], "names did not increase", 2),
        ([[row(1), row(2)], []], "an answer was empty", 2),
        ([[row(1), row(2)], [Varbind(b"\x80", INTEGER, b"")]], "a name was malformed", 2),
    ],
)
def test_a_table_that_would_never_end_is_cut(answers: list[list[Varbind]], cut: str, kept: int) -> None:
    walked = asyncio.run(Conversation(Scripted(answers)).walk(TABLE))

    assert (walked.cut, len(walked.varbinds)) == (cut, kept)


def test_an_endless_table_is_cut_after_a_bounded_number_of_rows() -> None:
    endless = ([row(n, k) for k in range(500)] for n in range(1 << 20))

    walked = asyncio.run(Conversation(Scripted(endless)).walk(TABLE))  # type: ignore[arg-type]  # taken one by one

    assert "no end" in walked.cut
    assert len(walked.varbinds) == 100_000


def test_scalars_too_many_for_one_message_are_asked_for_in_halves() -> None:
    class Small(Replay):
        async def get(self, names: Sequence[Oid], timeout_s: float) -> list[Varbind]:
            if len(names) > 3:
                raise TooBigError
            return await super().get(names, timeout_s)

    names = [(*ROOT, 1, n) for n in range(20)]

    found = asyncio.run(Conversation(Small(rows(20))).get(names))

    assert [v.oid for v in found] == [encode_oid(name) for name in names]
