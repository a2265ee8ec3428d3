"""The OpenAPI document: what the routes say, plus what holds for every route (problems, roles, keys)."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from talaia.web.access import Access, roles
from talaia.web.problem import ProblemAnswer, declared

ROLE_EXTENSION = "x-talaia-role"
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "an API key"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def document(app: FastAPI, access: Access) -> dict[str, Any]:
    """The document of an application; `x-talaia-role` says who may use an operation."""
    api = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = api.setdefault("components", {}).setdefault("schemas", {})
    answer = ProblemAnswer.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    schemas |= answer.pop("$defs") | {"ProblemAnswer": answer}
    if not access.is_open:
        api["components"]["securitySchemes"] = _SCHEMES
    needed = roles(app)
    for path, operations in api["paths"].items():
        for method, operation in operations.items():
            role = needed[method.upper(), path]
            operation[ROLE_EXTENSION] = "anyone" if role is None else str(role)
            guarded = role is not None and not access.is_open
            if guarded:
                operation["security"] = [{scheme: []} for scheme in _SCHEMES]
            operation["responses"] |= _problems(operation, guarded)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return api


def _problems(operation: dict[str, Any], guarded: bool) -> dict[str, Any]:
    """The problems that an operation may answer because of what it takes."""
    statuses = [401, 403] if guarded else []
    if "requestBody" in operation:
        statuses += [400, 403, 413, 415, 422]
    elif "parameters" in operation:
        statuses += [422]
    return {str(status): says for status, says in declared(*statuses).items()}
