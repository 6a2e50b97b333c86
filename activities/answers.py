"""Answers of Claude as models of ours: the fields we asked for, held against their bounds."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from activities.plain_text import invalid

Model = TypeVar("Model", bound=BaseModel)

TEXT: Mapping[str, object] = {"type": "string"}
YES_OR_NO: Mapping[str, object] = {"type": "boolean"}


def shape(**properties: Mapping[str, object]) -> Mapping[str, object]:
    """The JSON schema of an object with exactly these fields, all of them required."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


def checked(model: type[Model], answer: Mapping[str, object], what: str) -> Model:
    """The answer as a model. Raises INVALID_OUTPUT, naming the first wrong field."""
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"])) or "answer"
        raise invalid(what, f"{field}: {first['msg']}") from None
