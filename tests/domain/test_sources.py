"""What a source may say of itself: a passage, when it was read, where a copy is kept."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.sources import TO_BE_RECORDED, Source

READ = TypeAdapter(Source)


def source(**fields: Any) -> Source:
    return READ.validate_python({"publisher": "AFP", **fields}, context=TO_BE_RECORDED)


@pytest.mark.parametrize(
    "fields",
    [
        {"quote": "« Nous sommes prêts »,\na dit le ministre."},
        {"quote": "y" * 1_000},
        {"accessed_on": "2025-04-11"},
        {"accessed_on": "2025-04"},
        {"accessed_on": "2025-04-11T08:00:00+02:00"},
        {"archived_url": "https://web.example.org/web/20250411/https://example.org/a?b=c"},
    ],
)
def test_what_is_there_is_kept_and_what_is_not_is_left_out(fields: dict[str, str]) -> None:
    written = READ.dump_python(source(**fields))
    assert {name: written[name] for name in fields} == fields
    assert {"quote", "accessed_on", "archived_url"} & written.keys() == fields.keys()


@pytest.mark.parametrize(
    "fields",
    [
        {"quote": ""},
        {"quote": "y" * 1_001},
        {"quote": ["a passage"]},
        {"accessed_on": "yesterday"},
        {"accessed_on": "2025-02-30"},
        {"accessed_on": "2025-04-11T08:00:00"},
        {"archived_url": "javascript:alert(1)"},
        {"archived_url": "web.example.org/page"},
        {"archived_url": "https://name:word@example.org/"},
        {"archived_url": "https://exa mple.org/"},
        {"archived_url": "https://[::1/"},
        {"archived_url": f"https://example.org/{'a' * 2_000}"},
    ],
)
def test_what_no_reader_could_use_is_refused_with_its_field(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        source(**fields)
    assert [error["loc"] for error in refused.value.errors()] == [tuple(fields)]
