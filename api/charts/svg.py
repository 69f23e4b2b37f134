"""SVG as text: elements whose attributes and texts are escaped, and numbers as short as they can be.

A value that is not a ``Markup`` is text, and is escaped; characters that XML cannot hold are replaced. Drawings have no
``style`` attributes or elements, so that a page may forbid both."""

import re
from collections.abc import Iterable
from html import escape
from textwrap import wrap

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Markup(str):
    """Text that is SVG already."""

    __slots__ = ()

    def __html__(self) -> str:
        """The markup, which templates do not escape."""
        return self


NOTHING = Markup()
Attribute = str | float | None
Child = str | None


def element(_name: str, *children: Child, **attributes: Attribute) -> Markup:
    """An element. ``class_`` is ``class``, ``font_size`` is ``font-size``; ``None`` is left out."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    inside = "".join(child if isinstance(child, Markup) else text_of(child) for child in children if child is not None)
    return Markup(f"<{_name}{written}>{inside}</{_name}>" if inside else f"<{_name}{written}/>")


def group(*children: Child, **attributes: Attribute) -> Markup:
    """Elements that belong together; nothing if there are none."""
    return element("g", *children, **attributes) if any(children) else NOTHING


def joined(parts: Iterable[str]) -> Markup:
    """Elements one after the other."""
    return Markup("".join(part if isinstance(part, Markup) else text_of(part) for part in parts))


def text_of(text: str) -> str:
    """A text, escaped, without the characters that XML cannot hold."""
    return escape(_NOT_IN_XML.sub("\ufffd", text))


def number(value: float) -> str:
    """A length or a coordinate, to a hundredth of a pixel."""
    text = f"{value + 0.0:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _attribute(value: str | float) -> str:
    return text_of(value) if isinstance(value, str) else number(value)


def text(content: str, x: float, y: float, class_: str | None = None, **attributes: Attribute) -> Markup:
    """A text whose baseline starts, or by ``text_anchor`` ends or has its middle, at a point."""
    return element("text", content, class_=class_, x=x, y=y, **attributes)


WIDTH_OF_LETTER = 0.56
"""The mean width of a letter, in parts of the size of the font: near enough to keep labels apart."""


def width_of(content: str, font_size: float) -> float:
    """About how wide a text is."""
    return len(content) * font_size * WIDTH_OF_LETTER


def shortened(content: str, most: int) -> str:
    """A text of at most so many characters, with an ellipsis if something is left out."""
    return content if len(content) <= most else content[: max(0, most - 1)].rstrip(" ,.;:") + "…"


def wrapped(content: str, width: float, font_size: float) -> list[str]:
    """A text in lines that are about so wide."""
    return wrap(content, max(8, int(width / (font_size * WIDTH_OF_LETTER)))) or [""]
