import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from qianyun.importers.schema import descriptions

SCHEMAS = sorted((Path(__file__).parent.parent.parent / "qianyun/policy/schema").glob("*.json"))


def patterned(schema: object) -> Iterator[dict[str, object]]:
    match schema:
        case dict():
            if isinstance(schema.get("pattern"), str) or isinstance(schema.get("format"), str):
                yield schema
            for value in schema.values():
                yield from patterned(value)
        case list():
            for value in schema:
                yield from patterned(value)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_a_published_schema_is_a_schema(path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_every_pattern_of_a_schema_says_what_it_wants_in_words_we_translate(path: Path) -> None:
    found = {part.get("description") for part in patterned(json.loads(path.read_text(encoding="utf-8")))}

    assert found <= descriptions()
