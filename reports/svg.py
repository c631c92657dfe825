"""SVG as text: elements, boxes and labels from which our charts are drawn.

Charts carry classes and no colours: the style sheet of the page gives them, in light, dark and
print. They hold no script and no reference outside themselves.
"""

from dataclasses import dataclass
from html import escape
from typing import Literal

from reports.measure import ems

Number = int | float
SMALL = 11
"""Nothing is smaller on the screen."""
TEXT = 12


def number(value: Number) -> str:
    """A coordinate with at most one decimal place."""
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def element(name: str, *children: str, **attributes: Number | str) -> str:
    """One element; `class_` becomes `class`, `stroke_width` becomes `stroke-width`.

    Children are markup already; use `words` for text.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value) if isinstance(value, str) else number(value)}"'
        for key, value in attributes.items()
        if value != ""
    )
    return f"<{name}{written}>{''.join(children)}</{name}>" if children else f"<{name}{written}/>"


def words(text: str) -> str:
    """Text as markup; characters that XML cannot hold become a visible stand-in."""
    return escape("".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text), quote=False)


def tooltip(text: str) -> str:
    """What a pointer or a screen reader is told."""
    return element("title", words(text))


def linked(href: str, *children: str) -> str:
    """Children that lead to `href`, or the children alone when it is empty."""
    return element("a", *children, href=href) if href else "".join(children)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle; y grows downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.y + self.height

    def overlaps(self, other: "Box") -> bool:
        """Whether the two share more than an edge."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def holds(self, other: "Box", slack: float = 0.05) -> bool:
        """Whether `other` lies inside, up to rounding."""
        return (
            self.x - slack <= other.x
            and self.y - slack <= other.y
            and other.right <= self.right + slack
            and other.bottom <= self.bottom + slack
        )

    def draw(self, class_: str, *children: str, radius: Number = 0) -> str:
        """The rectangle as an element."""
        rounded = {"rx": radius} if radius else {}
        return element(
            "rect", *children, class_=class_, x=self.x, y=self.y, width=self.width, height=self.height, **rounded
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A line of text.

    Attributes:
        x: Where the text starts, has its middle or ends, by `anchor`.
        y: Base line.
    """

    text: str
    x: float
    y: float
    class_: str = ""
    anchor: Literal["start", "middle", "end"] = "start"
    size: int = TEXT

    @property
    def box(self) -> Box:
        """The space it takes, by estimate."""
        width = ems(self.text) * self.size
        left = {"start": self.x, "middle": self.x - width / 2, "end": self.x - width}[self.anchor]
        return Box(x=left, y=self.y - self.size * 0.85, width=width, height=self.size * 1.1)

    def draw(self) -> str:
        """The text as an element."""
        anchor = {"text_anchor": self.anchor} if self.anchor != "start" else {}
        return element("text", words(self.text), class_=self.class_, x=self.x, y=self.y, font_size=self.size, **anchor)


def picture(name: str, says: str, width: Number, height: Number, *children: str, fit: str = "") -> str:
    """A whole chart.

    Args:
        name: Class of the chart in the style sheet.
        says: What the chart tells one who cannot see it.
        width: In pixels as drawn; the page may scale it.
        height: In pixels as drawn.
        *children: Its markup.
        fit: How it fills a box of another shape; `none` stretches it.
    """
    return element(
        "svg",
        tooltip(says),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        class_=f"chart {name}",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        preserveAspectRatio=fit,
        role="img",
        aria_label=says,
    )
