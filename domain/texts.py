"""Texts that show all that they say: characters that hide, reorder or disguise others are named by their properties.

Sources of the rules: the properties Default_Ignorable_Code_Point and Bidi_Control (Unicode Character Database), "Trojan
Source" (UAX 9, UTS 55), noncharacters (RFC 7493, section 2.1), and layout and format control characters in identifiers
(UAX 31, section 2.3). They apply to what is about to be recorded; what is on record stays readable as it is.
"""

import re
from unicodedata import category, name

_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
"""General category Cc, but for tab and line feed."""

_BREAKS = r"\u2028\u2029"
"""General categories Zl and Zp: some programs end a line there, others show nothing."""

_ANNOTATIONS = r"\ufff9-\ufffb"
"""What they enclose is shown elsewhere or not at all."""

_JOINERS = "\u200c\u200d"

_SELECTORS = r"\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Property Variation_Selector."""

_IGNORABLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    r"\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
) + _SELECTORS
"""Property Default_Ignorable_Code_Point, which includes Bidi_Control: drawn as nothing."""

_NONCHARACTERS = r"\ufdd0-\ufdef" + "".join(f"\\U{plane:04x}fffe\\U{plane:04x}ffff" for plane in range(17))

SUSPECT = re.compile(f"[{_CONTROLS}{_BREAKS}{_ANNOTATIONS}{_IGNORABLE}{_NONCHARACTERS}]")
"""Finds each character that hides or reorders text, and those that do so only in the wrong place."""

_SELECTOR = re.compile(f"[{_SELECTORS}]")
_BLANK = re.compile(r"[\s\u2800]+")
"""White space, and the Braille pattern without dots."""

_JOINED_SCRIPTS = frozenset(
    "ADLAM ARABIC BALINESE BENGALI CHAKMA DEVANAGARI GUJARATI GURMUKHI HANIFI JAVANESE KANNADA KHMER MALAYALAM MANDAIC "
    "MEETEI MONGOLIAN MYANMAR NKO ORIYA PHAGS-PA SINHALA SUNDANESE SYRIAC TAI TAMIL TELUGU TIBETAN".split()
)
"""Scripts in use whose letters change their form when joined, by the first word of the names of their characters."""


def hiding_character(text: str) -> str | None:
    """Return the first character of a text that hides, reorders or disguises others; ``None`` if there is none.

    Joiners pass between letters of scripts that use them and between the parts of an emoji; one variation selector
    passes behind a symbol, an ideograph or a Mongolian letter.
    """
    for found in SUSPECT.finditer(text):
        if not _has_its_place(text, found.start()):
            return found[0]
    return None


def is_blank(text: str) -> bool:
    """Whether a text has characters, but none that can be seen."""
    return _BLANK.fullmatch(text) is not None


def _has_its_place(text: str, at: int) -> bool:
    char, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if not before:
        return False
    if char in _JOINERS:
        return bool(after) and (_joins_letters(before, after) or _joins_emoji(text[max(0, at - 2) : at], after))
    return bool(_SELECTOR.match(char)) and _has_variants(before)


def _joins_letters(before: str, after: str) -> bool:
    """Whether a joiner shapes a letter here: Persian has it also next to digits and marks of punctuation."""
    return all(category(side)[0] in "LMNP" for side in (before, after)) and (
        _is_of_joined_script(before) or _is_of_joined_script(after)
    )


def _is_of_joined_script(char: str) -> bool:
    return category(char)[0] in "LM" and name(char, "").partition(" ")[0] in _JOINED_SCRIPTS


def _joins_emoji(before: str, after: str) -> bool:
    return _is_emoji(before[0] if _SELECTOR.match(before[-1]) else before[-1]) and _is_emoji(after)


def _is_emoji(char: str) -> bool:
    is_skin_tone = "\U0001f3fb" <= char <= "\U0001f3ff"
    return category(char) == "So" or is_skin_tone


def _has_variants(char: str) -> bool:
    if category(char)[0] == "L":
        return name(char, "").startswith(("CJK ", "MONGOLIAN "))
    return not char.isascii() and category(char)[0] in "SP"
