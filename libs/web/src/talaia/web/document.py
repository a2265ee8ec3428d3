"""The OpenAPI document: what the routes say, plus what holds for every route (problems, roles, keys)."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from talaia.web.access import CSRF_HEADER, SAFE, Access, Need, needs
from talaia.web.problem import ProblemAnswer, declared

ROLE_EXTENSION = "x-talaia-role"
SCOPES_EXTENSION = "x-talaia-scopes"


def document(app: FastAPI, access: Access) -> dict[str, Any]:
    """The document of an application; `x-talaia-role` and `x-talaia-scopes` say who may use an operation."""
    api = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = api.setdefault("components", {}).setdefault("schemas", {})
    answer = ProblemAnswer.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    schemas |= answer.pop("$defs") | {"ProblemAnswer": answer}
    schemes = _schemes(access)
    if schemes:
        api["components"]["securitySchemes"] = schemes
    needed = needs(app)
    for path, operations in api["paths"].items():
        for method, operation in operations.items():
            need = needed[method.upper(), path]
            operation[ROLE_EXTENSION] = "anyone" if need.role is None else str(need.role)
            operation[SCOPES_EXTENSION] = sorted(need.scopes)
            if need.role is not None and schemes:
                operation["security"] = [{scheme: []} for scheme in schemes]
            operation["responses"] |= _problems(operation, access, need)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return api


def _schemes(access: Access) -> dict[str, Any]:
    """How who asks may show who they are."""
    schemes: dict[str, Any] = {}
    if not access.is_open:
        schemes["bearer"] = {"type": "http", "scheme": "bearer", "description": "an API key, or an access token of the login"}
    if access.keys is not None:
        schemes["key"] = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
    if access.login is not None and access.login.has_sessions:
        says = f"a browser session; what is not {', '.join(sorted(SAFE))} carries {CSRF_HEADER} too"
        schemes["session"] = {"type": "apiKey", "in": "cookie", "name": access.login.cookie, "description": says}
    return schemes


def _problems(operation: dict[str, Any], access: Access, need: Need) -> dict[str, Any]:
    """The problems that an operation may answer because of what it takes and who may ask."""
    statuses = [] if need.role is None or access.is_open else [401, 403]
    statuses += [429] if need.limited and not access.is_open else []
    statuses += [503] if need.role is not None and access.login is not None else []
    if "requestBody" in operation:
        statuses += [400, 403, 408, 413, 415, 422]
    elif "parameters" in operation:
        statuses += [422]
    return {str(status): says for status, says in declared(*statuses).items()}
