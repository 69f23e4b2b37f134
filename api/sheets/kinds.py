"""What a field of a fact takes, and how a cell becomes that."""

from api.files.unreadable import UnreadableText
from api.forms.fields import FormField, form_of

_OF_QUANTITIES = ("quantity", "count")


def field_at(type_name: str, pointer: str) -> FormField | None:
    """The field at a JSON pointer of a type of fact; ``None`` if there is none, which the check of the fact will say.

    The numbers of a quantity are fields as well, if a mapping makes each from a cell of its own.
    """
    path = pointer.removeprefix("/").replace("/", ".")
    form = form_of(type_name)
    try:
        return form.field(path)
    except UnreadableText:
        around, _, name = path.rpartition(".")
        whole = next((one for one in form.fields if one.path == around and one.kind in _OF_QUANTITIES), None)
        if whole is None:
            return None
        return whole._replace(path=path, kind="number" if name in ("min", "max") else "text")
