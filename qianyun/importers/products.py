"""Products in cells: the catalogue's name and the version, or the text as it stands."""

from qianyun.estate.catalogue import ProductKind, cpu_arch, product_names, recognise
from qianyun.estate.kinds import CpuArch
from qianyun.importers.sheets import Cell
from qianyun.importers.values import NONE_WORDS, Wrong, fold, nearest, text_of
from qianyun.words import _

CLOSE = 0.8
"""Likeness from which a name that the catalogue lacks is taken for a slip of the pen."""


def _product(kind: ProductKind, cell: Cell) -> tuple[str | None, str | None] | Wrong:
    text = fold(text_of(cell))
    if text.lower() in NONE_WORDS:
        return None, None
    found = recognise(kind, text)
    if found:
        return found[0], found[1] or None
    small = {name.lower(): name for name in product_names(kind)}
    close = nearest(text.lower(), small, CLOSE)
    if close:
        return Wrong(
            _("{text!r} is no product we know").format(text=text), _("did you mean {near}?").format(near=small[close])
        )
    return text, None


def operating_system(cell: Cell) -> tuple[str | None, str | None] | Wrong:
    """Name and version of an operating system."""
    return _product(ProductKind.OPERATING_SYSTEM, cell)


def database(cell: Cell) -> tuple[str | None, str | None] | Wrong:
    """Name and version of a database."""
    return _product(ProductKind.DATABASE, cell)


def middleware(cell: Cell) -> tuple[str | None, str | None] | Wrong:
    """Name and version of a middleware."""
    return _product(ProductKind.MIDDLEWARE, cell)


def processor(cell: Cell) -> CpuArch | Wrong | None:
    """The instruction set of a processor, by its name or its maker's."""
    text = fold(text_of(cell))
    if text.lower() in NONE_WORDS:
        return None
    words = "、".join(CpuArch)
    return cpu_arch(text) or Wrong(
        _("{text!r} names no processor we know").format(text=text), _("write one of {words}").format(words=words)
    )
