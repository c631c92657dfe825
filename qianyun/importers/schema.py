"""Check YAML against the published JSON Schemas and say each fault with its line.

The schemas lie in `qianyun/policy/schema/` and are part of the distribution, so that editors and
others' tools can use them. Text patterns carry a `description`, which the message quotes.

Source: JSON Schema, draft 2020-12.
"""

import difflib
import json
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from ipaddress import ip_address, ip_network
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from qianyun.errors import Fault
from qianyun.importers.yaml_places import Node, Plain
from qianyun.words import _

Path = tuple[str | int, ...]

_FORMATS = FormatChecker(["date"])


@_FORMATS.checks("prefix", raises=ValueError)
def _is_prefix(value: object) -> bool:
    return not isinstance(value, str) or bool(ip_network(value))


@_FORMATS.checks("address", raises=ValueError)
def _is_address(value: object) -> bool:
    return not isinstance(value, str) or bool(ip_address(value).version)


@cache
def _validator(schema: str) -> Draft202012Validator:
    text = files("qianyun.policy").joinpath("schema", f"{schema}.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text), format_checker=_FORMATS)


def conform(root: Node, schema: str) -> tuple[Node, tuple[Fault, ...]]:
    """Check a file's tree.

    Args:
        root: What the file holds.
        schema: Name of the schema, for example `zones`.

    Returns:
        The tree without the entries that are faulty (elements of the lists at the top), so that
        the rest can be judged further, and all faults.
    """
    errors = list(_validator(schema).iter_errors(as_json(root.plain())))
    faults = tuple(fault for error in errors for fault in _faults(root, error))
    return _without(root, {tuple(error.absolute_path)[:2] for error in errors}), faults


def as_json(plain: Plain) -> Plain:
    """The same value with days as texts, as JSON has them."""
    match plain:
        case dict():
            return {key: as_json(value) for key, value in plain.items()}
        case list():
            return [as_json(value) for value in plain]
        case date():
            return plain.isoformat()
        case _:
            return plain


def _without(root: Node, bad: Iterable[Path]) -> Node:
    """The tree without the faulty entries; without whole keys where the fault is not in one entry."""
    if not isinstance(root.value, dict):
        return Node({}, root.place)
    dropped = set(bad)
    kept: dict[str, Node] = {}
    for key, node in root.value.items():
        if (key,) in dropped:
            continue
        if isinstance(node.value, tuple):
            good = tuple(each for position, each in enumerate(node.value) if (key, position) not in dropped)
            kept[key] = Node(good, node.place)
        elif not any(path[:1] == (key,) for path in dropped):
            kept[key] = node
    return Node(kept, root.place)


def _faults(root: Node, error: ValidationError) -> Iterator[Fault]:
    node = root.at(*error.absolute_path)
    limit: Any = error.validator_value
    schema: Any = error.schema
    match error.validator:
        case "required":
            # the library reports each lacking key by itself and names it only in its message
            key = next(key for key in limit if error.message.startswith(repr(key)))
            yield Fault(place=node.place, what=_("lacks {key!r}").format(key=key))
        case "additionalProperties":
            entries: Any = error.instance
            known = list(schema.get("properties", {}))
            yield from (_unknown(node.at(key), key, known) for key in entries if key not in known)
        case _:
            yield Fault(
                place=node.place,
                what=_("{key} is {value!r}; {wanted} belongs here").format(
                    key=_name(error.absolute_path), value=error.instance, wanted=_wanted(error)
                ),
                mend=_without_host_bits(error) if limit == "prefix" else "",
            )


def _without_host_bits(error: ValidationError) -> str:
    """The prefix that was perhaps meant; empty when the text is no address at all."""
    try:
        return _("did you mean {near!r}").format(near=str(ip_network(str(error.instance), strict=False)))
    except ValueError:
        return ""


def _name(path: Iterable[str | int]) -> str:
    """The key that a value stands under; of an element, that of its list."""
    keys = [str(step) for step in path if isinstance(step, str)]
    return repr(keys[-1]) if keys else _("the file")


def _unknown(node: Node, key: str, known: list[str]) -> Fault:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    mend = _("did you mean {near!r}").format(near=near[0]) if near else _("known: {keys}").format(keys=", ".join(known))
    return Fault(place=node.place, what=_("the key {key!r} is unknown").format(key=key), mend=mend)


def _wanted(error: ValidationError) -> str:
    limit: Any = error.validator_value
    schema: Any = error.schema
    match error.validator:
        case "enum":
            return _("one of {words}").format(words=", ".join(map(str, limit)))
        case "type":
            kinds = [limit] if isinstance(limit, str) else limit
            return _(" or ").join(_kinds()[kind] for kind in kinds)
        case "pattern" | "format":
            return _(schema["description"])
        case "uniqueItems":
            return _("each entry once")
        case "minimum" | "minItems" | "minLength" | "maximum" | "maxItems" | "maxLength":
            wanted = _("at least {limit}") if error.validator.startswith("min") else _("at most {limit}")
            return wanted.format(limit=limit)
        case _:
            return error.message


def _kinds() -> dict[str, str]:
    return {
        "object": _("a mapping"),
        "array": _("a list"),
        "string": _("a text"),
        "integer": _("a whole number"),
        "number": _("a number"),
        "boolean": _("true or false"),
    }


def descriptions() -> frozenset[str]:
    """What the schemas say of their patterns, in the user's language: here so that catalogues hold it."""
    return frozenset(
        {
            _("a prefix such as 2001:db8::/32 or 192.0.2.0/24"),
            _("an address such as 2001:db8::1 or 192.0.2.1"),
            _("a domain such as example.org"),
            _("a name of small letters, digits and _"),
            _("a name of small letters, digits, _ and -"),
            _("a name of small letters, digits, '.', _ and -"),
            _("a zone or zone.part"),
            _("zone.part, of small letters, digits and _"),
            _("a day such as 2026-10-01"),
            _('a port such as 443 or ports such as "8000-8010"'),
            _("a check's id such as Z01"),
            _('an administrative code such as "440000"'),
            _('a number such as 3 or numbers such as "0-7"'),
        }
    )
