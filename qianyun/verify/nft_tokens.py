"""Words of nftables text, each with its line.

Source: nft(8), section "Lexical conventions"; newline and semicolon both end a statement.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qianyun.errors import Fault, ReadError
from qianyun.words import _

END = "\n"
ADDRESS6 = r"(?:[0-9a-fA-F]{1,4}:|:)(?:[0-9a-fA-F]{0,4}:)+[0-9a-fA-F.]*"
TOKEN = re.compile(
    rf"""
      (?P<blank>[ \t\r]+|\\\n|\#[^\n]*)
    | (?P<end>[\n;])
    | "(?P<string>[^"\n]*)"
    | (?P<word>{ADDRESS6}(?:-{ADDRESS6})?(?:/[0-9]+)?|[A-Za-z0-9_][A-Za-z0-9_./*-]*)
    | (?P<symbol>==|!=|<=|>=|<<|>>|[{{}}\[\]<>=,:.!&|^()@$+*/~-])
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word, string, symbol or end of statement.

    Attributes:
        kind: `word`, `string`, `symbol` or `end`.
    """

    kind: str
    text: str
    line: int


def tokens(text: str, name: str) -> Iterator[Token]:
    """The words of a text; the last one is always an end.

    Raises:
        ReadError: A character that begins no word, or a string without its end.
    """
    at, line = 0, 1
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise ReadError(
                Fault(
                    place=f"{name}:{line}",
                    what=_("{sign!r} begins no word of nftables").format(sign=text[at]),
                    mend=_("give the text as nft lists it"),
                )
            )
        kind = found.lastgroup
        if kind != "blank":
            yield Token(kind, END if kind == "end" else found[kind], line)
        line += found[0].count("\n")
        at = found.end()
    yield Token("end", END, line)
