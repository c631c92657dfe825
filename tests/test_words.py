"""Both languages say everything, and say the same things."""

import re
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from qianyun.locales.renew import messages
from qianyun.words import LANGUAGES, LOCALES, language_of


def catalogue(language: str) -> dict[tuple[str, str | None], str]:
    with (LOCALES / language / "LC_MESSAGES" / "qianyun.po").open("rb") as stream:
        return {(str(each.id), each.context): str(each.string) for each in read_po(stream) if each.id}


def fields(text: str) -> set[str]:
    return {re.split(r"[.\[]", name)[0] for _literal, name, _spec, _conversion in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_every_string_and_no_other(language: str) -> None:
    held = {key for key, string in catalogue(language).items() if string}

    assert held ^ set(messages()) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_fills_in_the_same_values(language: str) -> None:
    different = [
        (text, string)
        for (text, _context), string in catalogue(language).items()
        if "{" in text and fields(text) != fields(string)
    ]

    assert different == []


def test_chinese_is_written_in_chinese() -> None:
    kept = {"CpuArch", "Architecture", "FileKind", "Size"}
    latin = [
        (text, context)
        for (text, context), string in catalogue("zh_CN").items()
        if context not in kept
        and re.search("[a-z]{3}", re.sub(r"\{[^}]*\}", "", text))
        and not re.search("[\u4e00-\u9fff]", string)
    ]

    assert latin == []


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "zh_CN"),
        ({"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "QIANYUN_LANG": "zh_CN"}, "zh_CN"),
        ({"LANG": "fr_FR.UTF-8"}, "zh_CN"),
    ],
)
def test_the_language_is_the_one_the_environment_asks_for(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language
