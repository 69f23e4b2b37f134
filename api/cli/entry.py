"""Single facts from options, and the facts that correct, retract or support an event."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx
import orjson

from api.cli.batches import derived_id
from api.cli.client import OK, coalition_named, connection, path_to
from api.cli.events import OpenedEvent, event_id_of, opened_event
from api.cli.failures import FAILED, MISUSED, CommandFailed
from api.cli.field_options import faults_text, option_name
from api.cli.fields import changed, field_changes, without
from api.cli.recording import Manner, submit
from api.files.unreadable import UnreadableText
from api.forms.facts import Known, fact_of
from api.forms.fields import FactForm, form_of
from api.http.strict_json import canonical_json
from api.wording.obstacles import obstacle_to
from api.wording.phrases import Json
from domain.concepts.coalition import CoalitionFormed
from domain.events import fact_json


def record_fact(
    type_name: str, texts: Mapping[str, str], sets: Sequence[str], coalition: str | None, manner: Manner
) -> None:
    """Check, propose or record a fact that was typed as options. Raises ``CommandFailed``."""
    form = form_of(type_name)
    texts = dict(texts) | dict(_assignments(sets))
    is_first = type_name == CoalitionFormed.__name__ and not manner.check
    with connection(manner.target, manner.recorded_by, create=is_first) as client:
        slug = coalition_named(client, coalition)
        fact = _typed(client, slug, form, texts)
        fact |= {"event_id": derived_id(slug, canonical_json(fact))}
        submit(client, slug, [fact], manner, lambda _, pointer: _option(form, pointer))


def correct_event(
    name: str,
    *,
    sets: Sequence[str],
    unsets: Sequence[str],
    reason: str,
    source: Mapping[str, str],
    coalition: str | None,
    manner: Manner,
) -> None:
    """Correct an event from what stands in its place. Raises ``CommandFailed``."""
    if not sets and not unsets:
        raise CommandFailed("nothing to correct: state --set FIELD=VALUE or --unset FIELD", MISUSED)
    with connection(manner.target, manner.recorded_by) as client:
        slug = coalition_named(client, coalition)
        opened = _opened(client, slug, name, "correct")
        before = orjson.loads(fact_json(opened.in_place.content))
        before.pop("event_id", None)
        form = form_of(before["type"])
        after = _corrected(before, form, sets, unsets, _known(client, slug))
        changes = list(field_changes(before, after))
        if not changes:
            raise CommandFailed(f"Nothing was recorded: event {opened.event.sequence:,} says this already.")
        correction = _typed(client, slug, form_of("EventCorrected"), {
            "corrects": opened.in_place.last.event_id, "reason": reason, **source,
        })  # fmt: skip
        submit(
            client, slug, [correction | {"replacement": after}], manner, lambda _, pointer: _place(form, pointer),
            if_match=opened.sequence, after=f"Event {opened.event.sequence:,}: {'; '.join(changes)}. {_whose(source)}",
        )  # fmt: skip


def retract_event(name: str, reason: str, source: Mapping[str, str], coalition: str | None, manner: Manner) -> None:
    """Retract an event, and the corrections of it. Raises ``CommandFailed``."""
    with connection(manner.target, manner.recorded_by) as client:
        slug = coalition_named(client, coalition)
        opened = _opened(client, slug, name, "retract")
        facts = [
            _typed(client, slug, form_of("EventRetracted"), {"retracts": one.event_id, "reason": reason, **source})
            for one in opened.in_place.to_retract(opened.event)
        ]
        submit(
            client, slug, facts, manner, lambda _, pointer: _place(form_of("EventRetracted"), pointer),
            if_match=opened.sequence, after=_whose(source),
        )  # fmt: skip


def add_source(name: str, source: Mapping[str, str], note: str | None, coalition: str | None, manner: Manner) -> None:
    """Add a source to an event. Raises ``CommandFailed``."""
    if not source:
        raise CommandFailed("no source is stated: use --publisher, and --url, --published-on and others", MISUSED)
    with connection(manner.target, manner.recorded_by) as client:
        slug = coalition_named(client, coalition)
        opened = _opened(client, slug, name, "source")
        form = form_of("SourceAdded")
        fact = _typed(client, slug, form, {"event": opened.in_place.last.event_id, "note": note or "", **source})
        fact |= {"event_id": derived_id(slug, canonical_json(fact))}
        submit(client, slug, [fact], manner, lambda _, pointer: _option(form, pointer))


def _opened(client: httpx.Client, coalition: str, name: str, doing: str) -> OpenedEvent:
    opened = opened_event(client, path_to("coalitions", coalition), name)
    if (obstacle := obstacle_to(doing, opened.event, opened.in_place)) is not None:
        raise CommandFailed(f"Nothing was recorded. {obstacle}")
    return opened


def _whose(source: Mapping[str, str]) -> str:
    """What is said of whose error it was."""
    if source:
        return "The source corrected itself: this is known from its publication on."
    return "The error counts as ours: as if the record had been right from the start."


# --- what was typed ---------------------------------------------------------------------------------------------------


def _typed(client: httpx.Client, coalition: str, form: FactForm, texts: Mapping[str, str]) -> dict[str, Any]:
    """The fact that some texts state. Raises ``CommandFailed`` with all that cannot be read."""
    base, texts = path_to("coalitions", coalition), dict(texts)
    for path, text in texts.items():
        if any(field.kind == "event" and field.path == path for field in form.fields) and text:
            texts[path] = event_id_of(client, base, text)
    typed = fact_of(form.type, texts, _known(client, coalition))
    if typed.faults:
        raise CommandFailed(f"Nothing was recorded:\n{faults_text(typed.faults)}", FAILED)
    return typed.fact


def _known(client: httpx.Client, coalition: str) -> Known:
    """The actors that have names on record."""
    response = client.get(f"{path_to('coalitions', coalition)}/names")
    named: Json = response.json()["actors"] if response.status_code == OK else {}
    return Known(actors={name: code for code, one in named.items() for name in (one["name"], one["short"]) if name})


def _assignments(sets: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Fields and what they should say, from ``FIELD=VALUE``. Raises ``CommandFailed``."""
    for one in sets:
        path, equals, text = one.partition("=")
        if not equals or not path.strip():
            raise CommandFailed(f"--set {one}: expected FIELD=VALUE, as quantity.max=240", MISUSED)
        yield path.strip().replace("-", "_"), text.strip()


def _corrected(fact: Json, form: FactForm, sets: Sequence[str], unsets: Sequence[str], known: Known) -> Json:
    """A fact with some fields set and others taken out. Raises ``CommandFailed`` with all that cannot be done."""
    faults = []
    for path, text in _assignments(sets):
        try:
            fact = changed(fact, form, path, text, known)
        except UnreadableText as error:
            faults.append(f"  --set {path}: {error}")
    for path in unsets:
        try:
            fact = without(fact, form, path.strip().replace("-", "_"))
        except UnreadableText as error:
            faults.append(f"  --unset {path}: {error}")
    if faults:
        raise CommandFailed("\n".join(["Nothing was recorded:", *faults]))
    return fact


# --- where errors are -------------------------------------------------------------------------------------------------


def _option(form: FactForm, pointer: str) -> str:
    """The option that a pointer into a fact leads to."""
    if pointer.strip("/") == "sources":
        return option_name("sources.0.publisher")
    path = form.at_pointer(pointer)
    return option_name(path) if path is not None else pointer or form.type


def _place(form: FactForm, pointer: str) -> str:
    """The option that a pointer into a correction leads to; ``form`` is that of what it corrects."""
    if not pointer.startswith("/replacement"):
        return _option(form_of("EventCorrected"), pointer)
    return f"--set {'.'.join(step for step in pointer.split('/')[2:] if step) or form.type}"
