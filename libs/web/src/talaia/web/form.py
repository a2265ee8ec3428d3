"""A form that a page sends: read once a request, and only as much as our pages have in theirs."""

from collections.abc import Mapping
from urllib.parse import parse_qs

from fastapi import Request
from starlette.datastructures import Headers

from talaia.web.problem import Problem

LONGEST_FORM_BYTES = 32 * 1_024
"""The longest note, of letters that a form writes with twelve."""
_FIELDS = 20
_READ = "talaia.form"


def is_form(headers: Headers) -> bool:
    """Whether what comes with these headers is one."""
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"


async def form(request: Request) -> Mapping[str, str]:
    """The first value of each field; none of what is no form. Raises Problem 422, HTTPException 408, 413."""
    if _READ not in request.scope:
        request.scope[_READ] = _fields(await request.body()) if is_form(request.headers) else {}
    found: Mapping[str, str] = request.scope[_READ]
    return found


def _fields(body: bytes) -> Mapping[str, str]:
    try:
        found = parse_qs(body.decode("utf-8", "replace"), max_num_fields=_FIELDS)
    except ValueError:
        raise Problem(422, "invalid", f"A form may have {_FIELDS} fields.") from None
    return {name: values[0] for name, values in found.items()}
