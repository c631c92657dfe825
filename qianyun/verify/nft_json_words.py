"""Expressions and statements of nft's JSON in the words of its text.

Source: libnftables-json(5).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | None"
Object: TypeAlias = Mapping[str, Json]

BARE = re.compile(r"@?[\w.:/+-]+")
KIND = re.compile(r"[a-z_0-9]+")
NAMED_INTERFACES = ("ibrname", "obrname", "iifname", "oifname", "iif", "oif", "ifname", "iifkind", "oifkind")
BITS = ("flags", "state", "status", "label")
"""Fields of bits: for them equality is said, since a bare value asks for any of its bits."""
OPERATORS = ("==", "!=", "<", ">", "<=", ">=", "in", "!")
VERDICTS = ("accept", "drop", "return", "continue")
NAT = ("snat", "dnat", "masquerade", "redirect")
MAPPING = "netmap"
"""The flag of a translation that keeps the lower bits of addresses; the text says it before the target."""


class NotWrittenError(Exception):
    """Nothing in the text language is known for this."""


def statement(each: Json) -> str:
    """One statement of a rule.

    Raises:
        NotWrittenError: Its kind, or something in it, is not known.
    """
    kind, body = _only(each)
    if kind in VERDICTS or kind in ("counter", "log", "notrack"):
        return kind
    if kind in ("jump", "goto") and isinstance(body, dict):
        return f"{kind} {_bare(body.get('target'))}"
    if kind in NAT:
        return _translation(kind, body if isinstance(body, dict) else {})
    made = STATEMENTS.get(kind)
    if made is None or not isinstance(body, dict | None):
        raise NotWrittenError(kind)
    return made(body or {})


def types(value: Json) -> str:
    """The type of a set's elements; several for a concatenation."""
    listed = value if isinstance(value, list) else [value]
    return " . ".join(_bare(each) for each in listed)


def elements(held: Sequence[Json], kinds: str) -> str:
    """Elements of a set or map, between its braces."""
    return ", ".join(_element(each, quoted=any(kind in NAMED_INTERFACES for kind in kinds.split())) for each in held)


def expression(value: Json, *, quoted: bool = False) -> str:
    """A value, or what yields one; `quoted` for names that are never words."""
    if isinstance(value, bool):
        return "exists" if value else "missing"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        bare = value == "*" or (BARE.fullmatch(value) and (value[0] == "@" or not quoted))
        return value if bare else _quoted(value)
    if isinstance(value, list):
        return ",".join(_bare(each) for each in value)
    kind, body = _only(value)
    if kind in LISTS:
        return LISTS[kind](body, quoted=quoted)
    made = EXPRESSIONS.get(kind)
    if made is None:
        raise NotWrittenError(kind)
    return made(body)


def _only(value: Json) -> tuple[str, Json]:
    if not isinstance(value, dict) or len(value) != 1:
        raise NotWrittenError("?")
    return next(iter(value.items()))


def _object(value: Json) -> Object:
    if not isinstance(value, dict):
        raise NotWrittenError("?")
    return value


def _pair(value: Json) -> tuple[Json, Json]:
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 - two operands
        raise NotWrittenError("?")
    return value[0], value[1]


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _bare(value: Json) -> str:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not BARE.fullmatch(text):
        raise NotWrittenError("?")
    return text


def _quoted(text: str) -> str:
    if re.search(r'["\n]', text):
        raise NotWrittenError("?")
    return f'"{text}"'


def _element(each: Json, *, quoted: bool) -> str:
    if isinstance(each, list):
        key, value = _pair(each)
        to = (
            statement(value) if isinstance(value, dict) and next(iter(value), "") in (*VERDICTS, "jump", "goto") else ""
        )
        return f"{_element(key, quoted=quoted)} : {to or expression(value)}"
    if isinstance(each, dict) and "elem" in each:
        body = _object(each["elem"])
        runs_out = "timeout" in body or "expires" in body
        return f"{expression(body.get('val'), quoted=quoted)}{' timeout 1s' if runs_out else ''}"
    return expression(each, quoted=quoted)


def _set(body: Json, *, quoted: bool) -> str:
    return f"{{ {', '.join(_element(each, quoted=quoted) for each in _items(body))} }}"


def _prefix(body: Json) -> str:
    of = _object(body)
    return f"{expression(of.get('addr'))}/{_bare(of.get('len'))}"


def _range(body: Json, *, quoted: bool) -> str:
    first, last = _pair(body)
    return f"{expression(first, quoted=quoted)}-{expression(last, quoted=quoted)}"


def _concatenation(body: Json, *, quoted: bool) -> str:
    return " . ".join(expression(each, quoted=quoted) for each in _items(body))


def _bits(sign: str) -> Callable[[Json], str]:
    def written(body: Json) -> str:
        left, right = _pair(body)
        second = " | ".join(_bare(each) for each in right) if isinstance(right, list) else expression(right)
        return f"{expression(left)} {sign} {f'({second})' if isinstance(right, list) else second}"

    return written


def _payload(body: Json) -> str:
    of = _object(body)
    if "base" in of:
        return f"@{_bare(of['base'])},{_bare(of.get('offset'))},{_bare(of.get('len'))}"
    return f"{_bare(of.get('protocol'))} {_bare(of.get('field'))}"


def _meta(body: Json) -> str:
    return f"meta {_bare(_object(body).get('key'))}"


def _connection(body: Json) -> str:
    of = _object(body)
    return " ".join(["ct", *(_bare(of[key]) for key in ("dir", "family") if key in of), _bare(of.get("key"))])


def _header(body: Json) -> str:
    of = _object(body)
    return f"{_bare(of.get('name'))} {_bare(of['field'])}" if "field" in of else f"exthdr {_bare(of.get('name'))}"


def _map(body: Json) -> str:
    of = _object(body)
    return f"{expression(of.get('key'))} map {expression(of.get('data'), quoted=_names_interfaces(of.get('key')))}"


LISTS = {"set": _set, "range": _range, "concat": _concatenation}
"""Expressions whose parts are names where the whole is."""


def _drawn(body: Json) -> str:
    of = _object(body)
    return f"numgen {_bare(of.get('mode'))} mod {_bare(of.get('mod'))}{_offset(of)}"


def _hashed(body: Json) -> str:
    of = _object(body)
    seed = f" seed {_bare(of['seed'])}" if "seed" in of else ""
    return f"jhash {expression(of.get('expr'))} mod {_bare(of.get('mod'))}{seed}{_offset(of)}"


def _folded(body: Json) -> str:
    of = _object(body)
    return f"symhash mod {_bare(of.get('mod'))}{_offset(of)}"


def _offset(of: Object) -> str:
    return f" offset {_bare(of['offset'])}" if of.get("offset") else ""


def _fib(body: Json) -> str:
    of = _object(body)
    return f"fib {' . '.join(_bare(each) for each in _items(of.get('flags')))} {_bare(of.get('result'))}"


EXPRESSIONS: Mapping[str, Callable[[Json], str]] = {
    "numgen": _drawn,
    "jhash": _hashed,
    "symhash": _folded,
    "prefix": _prefix,
    "payload": _payload,
    "fib": _fib,
    "meta": _meta,
    "ct": _connection,
    "exthdr": _header,
    "map": _map,
    **{sign: _bits(sign) for sign in ("&", "|", "^", "<<", ">>")},
}


def _names_interfaces(left: Json) -> bool:
    if isinstance(left, dict) and "concat" in left:
        return any(_names_interfaces(each) for each in _items(left["concat"]))
    if isinstance(left, dict) and isinstance(of := left.get("fib"), dict):
        return of.get("result") in NAMED_INTERFACES
    return isinstance(left, dict) and isinstance(of := left.get("meta"), dict) and of.get("key") in NAMED_INTERFACES


def is_ambiguous(each: Json, family: str) -> bool:
    """Whether nft lists other rules of a table of this family in the same way; the rule may be narrower then.

    What lies outside of a range is listed like what lies both below one value and above another, which is nothing
    at all; and before a reset the version that a rule asks for is left out.
    """
    kind, body = _only(each) if isinstance(each, dict) and len(each) == 1 else ("", None)
    if not isinstance(body, dict):
        return False
    right = body.get("right") if kind == "match" and body.get("op") == "!=" else None
    resets = kind == "reject" and body.get("type") == "tcp reset" and family == "inet"
    return resets or (isinstance(right, dict) and "range" in right)


def _match(body: Object) -> str:
    operator, left, right = body.get("op"), body.get("left"), body.get("right")
    if operator not in OPERATORS:
        raise NotWrittenError("match")
    inner = next(iter(left.values()), None) if isinstance(left, dict) else None
    of_bits = isinstance(inner, dict) and (inner.get("field") in BITS or inner.get("key") in BITS)
    masked = isinstance(left, dict) and next(iter(left), "") in ("&", "|", "^")
    listed = isinstance(right, dict) and "set" in right
    said = (
        f" {operator}"
        if operator not in ("in", "==") or ((of_bits or masked) and operator == "==" and not listed)
        else ""
    )
    return f"{expression(left)}{said} {expression(right, quoted=_names_interfaces(left))}"


def _verdict_map(body: Object) -> str:
    return (
        f"{expression(body.get('key'))} vmap {expression(body.get('data'), quoted=_names_interfaces(body.get('key')))}"
    )


def _mangle(body: Object) -> str:
    return f"{expression(body.get('key'))} set {expression(body.get('value'))}"


def _refusal(body: Object) -> str:
    """An answer of one version is given to packets of that version alone."""
    kind = body.get("type")
    if kind is None or kind == "tcp reset":
        return "reject with tcp reset" if kind else "reject"
    return f"reject with {_bare(kind)} type {_bare(body.get('expr'))}"


def _limit(body: Object) -> str:
    over = "over " if body.get("inv") else ""
    return f"limit rate {over}{_bare(body.get('rate'))}/{_bare(body.get('per'))}"


def _quota(body: Object) -> str:
    over = "over " if body.get("inv") else ""
    return f"quota {over}{_bare(body.get('val'))} {_bare(body.get('val_unit'))}"


def _remembered(body: Object) -> str:
    return f"{_bare(body.get('op'))} {_bare(body.get('set'))} {{ {_element(body.get('elem'), quoted=False)} }}"


STATEMENTS: Mapping[str, Callable[[Object], str]] = {
    "match": _match,
    "vmap": _verdict_map,
    "mangle": _mangle,
    "reject": _refusal,
    "limit": _limit,
    "quota": _quota,
    "set": _remembered,
}


def _translation(kind: str, body: Object) -> str:
    flags = ",".join(_bare(each) for each in _items(body["flags"]) if each != MAPPING) if body.get("flags") else ""
    family = f" {_bare(body['family'])}" if "family" in body else ""
    address = expression(body["addr"]) if "addr" in body else ""
    port = f":{expression(body['port'])}" if "port" in body else ""
    if ":" in address and port and "map" not in address:
        address = "-".join(f"[{each}]" for each in address.split("-"))
    to = f" to {address}{port}" if address or port else ""
    prefix = " prefix" * (MAPPING in _items(body["flags"])) if body.get("flags") else ""
    return f"{kind}{family}{prefix}{to}{f' {flags}' if flags else ''}"
