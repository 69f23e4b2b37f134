"""Files that a client sends in ``multipart/form-data`` (RFC 7578), beside texts: known ones, each at most once."""

from collections.abc import Collection
from dataclasses import dataclass, field

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from api.http.bodies import BODY_BYTES
from api.http.problems import MALFORMED_BODY, UNSUPPORTED_MEDIA_TYPE, VALIDATION, Fault, Problem
from domain.vocabulary import normal_form

MULTIPART = "multipart/form-data"
_MAX_FIELDS = 50


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it was sent: its name, without a folder, and its content."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Upload:
    """What a client sent: files and texts by the names of their fields. A text or file that is empty is left out."""

    files: dict[str, SentFile] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


async def upload_in(request: Request, files: Collection[str], texts: Collection[str]) -> Upload:
    """Read a form with files. Raises a ``Problem`` for another type of body, or a field that is unknown or repeated."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MULTIPART:
        raise Problem(UNSUPPORTED_MEDIA_TYPE, f"Send it as {MULTIPART}.", headers={"Accept-Post": MULTIPART})
    await request.body()  # within the limit of all bodies; a request that waits for its turn reads it again
    parser = MultiPartParser(
        request.headers, request.stream(), max_files=_MAX_FIELDS, max_fields=_MAX_FIELDS, max_part_size=BODY_BYTES
    )
    try:
        form = await parser.parse()
    except (MultiPartException, UnicodeDecodeError, ValueError) as error:
        raise Problem(MALFORMED_BODY, f"The form cannot be read: {getattr(error, 'message', error)}.") from None
    sent, faults = Upload(), []
    for name, value in form.multi_items():
        is_file = isinstance(value, UploadFile)
        if value == "":
            continue  # how some programs send a file that was not chosen
        if name not in (files if is_file else texts):
            faults.append(Fault(pointer=f"/{name}", detail=_unknown(name, is_file=is_file, files=files, texts=texts)))
        elif name in sent.files or name in sent.texts:
            faults.append(Fault(pointer=f"/{name}", detail=f"the field {name} is given more than once"))
        elif isinstance(value, UploadFile):
            content = await value.read()
            if content or value.filename:
                sent.files[name] = SentFile((value.filename or "").replace("\\", "/").rpartition("/")[2], content)
        elif text := normal_form(value).strip():
            sent.texts[name] = text
    await form.close()
    if faults:
        raise Problem(VALIDATION, faults=faults)
    return sent


def _unknown(name: str, *, is_file: bool, files: Collection[str], texts: Collection[str]) -> str:
    if name in files or name in texts:
        return f"the field {name} is a text, not a file" if is_file else f"the field {name} is a file, not a text"
    return f"unknown field; choose from: {', '.join((*files, *texts))}"
