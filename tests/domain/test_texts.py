"""Characters that hide or disguise text, by their Unicode properties, and those that scripts need."""

import sys
import unicodedata

import pytest

from domain.texts import hiding_character, is_blank

NEEDED = {
    "Persian, a verb": "می\u200cخواهم",
    "Persian, after a letter that does not join": "کار\u200cها",
    "Persian, next to digits": "کووید\u200c۱۹ و ۱۲\u200cساله",
    "Persian, the Islamic calendar": "۱۴۰۳ ه\u200d.ش",
    "Persian, a foreign name": "NATO\u200cها",
    "Hindi": "क्\u200dष और क्\u200cष",
    "Sinhala": "ශ්\u200dරී ලංකා",
    "Malayalam": "നന്\u200dമ",
    "Mongolian, with a variation": "ᠠ\u180bᠢ",
    "a family": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "a flag of two signs": "\U0001f3f3\ufe0f\u200d\U0001f308",
    "a warning sign in colour": "\u26a0\ufe0f beware",
    "a Japanese name": "葛\U000e0100城市",
    "other scripts": "O’Neill d'Arc Ŀ ł – “x” 😀 שלום مرحبا Київ 한국 中国 Ελλάδα\u00a0\u202f\u3000",
    "Arabic signs that are seen": "\u0600\u06dd",
    "tabs and lines": "a\tb\nc",
}

HIDING = {
    "a zero-width space": ("a\u200bb", "\u200b"),
    "a zero-width joiner in Latin": ("ad\u200dmin", "\u200d"),
    "a zero-width non-joiner in Latin": ("ad\u200cmin", "\u200c"),
    "a joiner at the end": ("कर\u200d", "\u200d"),
    "a joiner before a space": ("می\u200c خواهم", "\u200c"),
    "two joiners": ("می\u200c\u200cخواهم", "\u200c"),
    "a joiner at the start": ("\u200cمی", "\u200c"),
    "a selector behind a letter": ("a\ufe00", "\ufe00"),
    "bytes in selectors": ("😀\U000e0101\U000e0155", "\U000e0155"),
    "a selector at the start": ("\ufe0f", "\ufe0f"),
    "tags": ("x\U000e0041", "\U000e0041"),
    "an annotation": ("a\ufff9b", "\ufff9"),
} | {
    f"U+{code:04X}": (f"a{chr(code)}b", chr(code))
    for code in (
        0, 7, 0x1B, 0x7F, 0x85, 0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x180E, 0x200B, 0x200E, 0x200F, 0x2028,
        0x2029, 0x202A, 0x202E, 0x2060, 0x2064, 0x2065, 0x2066, 0x2069, 0x206A, 0x206F, 0x3164, 0xFEFF, 0xFFA0, 0xFFF0,
        0xFDD0, 0xFFFE, 0x1BCA0, 0x1D173, 0xE0001, 0xE0020, 0xE007F, 0xE0FFF, 0x10FFFF,
    )
}  # fmt: skip


@pytest.mark.parametrize("name", NEEDED)
def test_characters_that_a_script_needs_are_accepted(name: str) -> None:
    assert hiding_character(NEEDED[name]) is None


@pytest.mark.parametrize("name", HIDING)
def test_characters_that_hide_others_are_found(name: str) -> None:
    text, found = HIDING[name]
    assert hiding_character(text) == found


def test_all_format_and_control_characters_hide_but_those_that_are_seen() -> None:
    """The properties are written out; the general categories of this Python's Unicode confirm them."""
    seen = (
        "NUMBER",
        "SANAH",
        "FOOTNOTE",
        "PAGE",
        "SAMVAT",
        "AYAH",
        "ABBREVIATION",
        "POUND",
        "PIASTRE",
        "EGYPTIAN",
        "SIGN",
    )
    missed = [
        char
        for char in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"}
        and char not in "\t\n"
        and hiding_character(f"a{char}b") is None
        and not any(word in unicodedata.name(char) for word in seen)
    ]
    assert missed == []


@pytest.mark.parametrize("text", [" ", "  \u00a0", "\t\n", "\u3000", "\u2000\u200a", "\u2800", "\u202f\u205f\u1680"])
def test_a_text_of_spaces_alone_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["", "a", " a ", "\u00a0.", "\u2801"])
def test_a_text_with_anything_to_see_is_not_blank(text: str) -> None:
    assert not is_blank(text)
