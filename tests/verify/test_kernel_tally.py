"""The sum over all tests that ask the kernel fails a run that asked too little, and only such a run."""

import pytest
from kernel_coverage import Coverage, table
from kernel_tally import LANGUAGES, LEAST, PROPERTY, KernelTally, share


def tallied(frames: dict[str, int]) -> KernelTally:
    tally = KernelTally()
    for language, count in frames.items():
        told: list[tuple[str, object]] = []
        coverage = Coverage()
        coverage.note({"jump": 2}, count)
        share(lambda name, value, told=told: told.append((name, value)), language, coverage, count)  # type: ignore[misc]
        report = pytest.TestReport("a", ("a", 1, "a"), {}, "passed", None, "call", user_properties=told)
        tally.pytest_runtest_logreport(report)
    return tally


def test_too_few_frames_in_all_languages_fall_short() -> None:
    tally = tallied(dict.fromkeys(LANGUAGES, LEAST // len(LANGUAGES) - 1))

    assert tally.falls_short


@pytest.mark.parametrize("frames", [dict.fromkeys(LANGUAGES, -(-LEAST // len(LANGUAGES))), {LANGUAGES[0]: 1}, {}])
def test_enough_frames_or_a_part_of_the_tests_do_not(frames: dict[str, int]) -> None:
    assert not tallied(frames).falls_short


def test_a_construct_is_counted_by_rules_and_by_the_frames_that_met_it() -> None:
    coverage = Coverage()

    coverage.note({"jump": 2, "goto": 1}, 100)
    coverage.note({"jump": 1}, 10)

    assert coverage.as_json() == {"goto": [1, 100], "jump": [3, 110]}
    assert coverage.missing(["goto", "queue"]) == ["queue"]
    assert table({"nftables": coverage.as_json()}).splitlines()[2].split() == ["nftables:", "jump", "3", "110"]


def test_the_share_travels_under_one_name() -> None:
    told: list[str] = []

    share(lambda name, _value: told.append(name), LANGUAGES[0], Coverage(), 1)

    assert told == [PROPERTY]
