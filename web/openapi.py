"""The OpenAPI document, made from the models that the API reads and answers with."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from web.api_models import Fault, QueueAnswer, ReelAnswer
from web.deciding import DecisionRequest, Result

_REF = "#/components/schemas/{model}"
_FAULTS = {
    "400": "A field is not what it should be",
    "401": "No good token",
    "403": "The role does not allow it",
    "404": "There is no such Reel",
    "408": "The body did not arrive in time",
    "413": "The body is too large",
    "422": "The body makes no sense",
    "429": "Too fast",
    "503": "A part behind it is down: do it again, it counts once",
}


def document(base_url: str) -> dict[str, Any]:
    """The whole document (OpenAPI 3.1)."""
    read = [(model, "serialization") for model in (QueueAnswer, ReelAnswer, Result, Fault)]
    _, schemas = models_json_schema(
        [*read, (DecisionRequest, "validation")],  # type: ignore[list-item]
        ref_template=_REF,
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Reels: review", "version": "1"},
        "servers": [{"url": base_url}],
        "security": [{"token": []}],
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas["$defs"],
        },
        "paths": {
            "/api/v1/queue": {"get": _queue()},
            "/api/v1/reels/{account}/{day}": {"parameters": _KEY, "get": _reel()},
            "/api/v1/reels/{account}/{day}/decision": {"parameters": _KEY, "post": _decision()},
        },
    }


_ACCOUNT = {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,62}$"}
_KEY = [
    {"name": "account", "in": "path", "required": True, "schema": _ACCOUNT},
    {
        "name": "day",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "format": "date"},
    },
]


def _queue() -> dict[str, Any]:
    return {
        "summary": "What waits for a person, oldest first",
        "parameters": [
            _asked("account", _ACCOUNT),
            _asked("after", {"type": "string"}),
            _asked("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
        ],
        "responses": _answers(QueueAnswer, "200"),
    }


def _reel() -> dict[str, Any]:
    return {
        "summary": "One Reel, its captions and where it stands",
        "responses": _answers(ReelAnswer, "200"),
    }


def _decision() -> dict[str, Any]:
    return {
        "summary": "Decide on a revision, and wait for what became of it",
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "schema": {"type": "string", "maxLength": 100},
                "description": "the same for every copy of one decision, which then counts once",
            }
        ],
        "requestBody": {"required": True, "content": _content(DecisionRequest)},
        "responses": _answers(Result, "200", "202", "409"),
    }


def _asked(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}}


def _answers(model: type[BaseModel], *statuses: str) -> dict[str, Any]:
    good = {one: {"description": model.__doc__, "content": _content(model)} for one in statuses}
    faults = {
        status: {"description": said, "content": _content(Fault)}
        for status, said in _FAULTS.items()
    }
    return faults | good
