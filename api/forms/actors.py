"""Actors as people write them: a country by its name or code, an organisation or group by its name on record."""

from collections.abc import Mapping
from functools import cache

from api.files.unreadable import UnreadableText
from api.forms.suggestions import folded, slug_of, suggestions
from api.wording.countries import ALL_NAMES, NAMES
from domain.actors import FORMER_STATES, STATES

OTHER_NAMES = {
    "USA": "US; U.S.; U.S.A.; America; United States of America", "GBR": "UK; U.K.; Britain; Great Britain",
    "RUS": "Russian Federation", "TUR": "Turkey; Türkiye; Turkiye", "CZE": "Czech Republic",
    "NLD": "Holland; Netherlands",
    "KOR": "Republic of Korea", "PRK": "DPRK; North Korea", "CIV": "Ivory Coast", "MMR": "Burma",
    "COD": "DR Congo; DRC; Democratic Republic of the Congo", "COG": "Republic of the Congo; Congo",
    "VAT": "Vatican; Holy See", "MKD": "North Macedonia; Macedonia", "SWZ": "Swaziland; Eswatini", "CPV": "Cape Verde",
    "TLS": "East Timor", "PSE": "Palestine", "SYR": "Syria", "IRN": "Iran", "LAO": "Laos", "MDA": "Moldova",
    "BOL": "Bolivia", "VEN": "Venezuela", "TZA": "Tanzania", "BRN": "Brunei", "VNM": "Vietnam; Viet Nam",
    "BHS": "The Bahamas", "GMB": "The Gambia", "BIH": "Bosnia", "ARE": "UAE; Emirates", "UKR": "The Ukraine",
}  # fmt: skip
"""What states are also called."""


@cache
def _states() -> dict[str, str]:
    found = {folded(name): code for code, name in ALL_NAMES.items()} | {
        folded(name): code for code, name in NAMES.items()
    }
    for code, others in OTHER_NAMES.items():
        found |= {folded(name): code for name in others.split(";")}
    return found


def actor_in(text: str, on_record: Mapping[str, str] | None = None) -> str:
    """The actor that a text names: a code, a state, or one ``on_record`` by its name (name to actor).

    Raises ``UnreadableText`` for an unknown one, with those most like it.
    """
    text = " ".join(text.split())
    if text.upper() in STATES | FORMER_STATES:
        return text.upper()
    if text.partition(":")[0] in ("org", "group"):
        return text
    names = {folded(name): actor for name, actor in (on_record or {}).items()}
    wanted = folded(text)
    for key in (wanted, wanted.removeprefix("the ")):
        if actor := names.get(key) or _states().get(key):
            return actor
    like = suggestions(text, [*(on_record or ()), *ALL_NAMES.values()])
    hint = f"did you mean {' or '.join(like)}?"
    if not like:
        hint = f"write a country by its name or code, org:{slug_of(text) or 'nato'} or group:{slug_of(text) or 'name'}"
    raise UnreadableText(f"unknown actor {text[:60]!r}; {hint}")
