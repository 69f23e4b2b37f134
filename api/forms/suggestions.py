"""*Did you mean*: the known names that are most like what was typed."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

MOST = 3
"""How many names are suggested."""


def folded(text: str) -> str:
    """A text as it is compared: without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.sub(r"[^\w]+", " ", "".join(one for one in plain if not unicodedata.combining(one))).split())


def suggestions(text: str, known: Iterable[str]) -> list[str]:
    """The known names most like a text, the most like first; none if nothing is like it."""
    by_fold: dict[str, str] = {}
    for name in known:
        by_fold.setdefault(folded(name), name)
    wanted = folded(text)
    close = get_close_matches(wanted, by_fold, MOST, 0.7)
    begin = [name for name in by_fold if len(wanted) > 1 and name.startswith(wanted)]
    return [by_fold[name] for name in dict.fromkeys((*close, *sorted(begin)))][:MOST]


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: ``; did you mean Kenya?``, or nothing."""
    found = suggestions(text, known)
    return f"; did you mean {' or '.join(found)}?" if found else ""


def slug_of(text: str) -> str:
    """A name made of a text: lower-case letters and digits without accents, joined by hyphens."""
    return folded(text).replace("_", " ").replace(" ", "-").encode("ascii", "ignore").decode()[:100].strip("-")
