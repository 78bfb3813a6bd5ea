"""Fitting a JSON Schema to what a provider's structured output accepts."""

from typing import TypeGuard

import msgspec

from agentgrid.creator_studio.core import JsonObject

_CONSTRAINTS = frozenset(
    {
        "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
        "multipleOf", "maxItems", "uniqueItems", "minProperties", "maxProperties",
        "patternProperties", "propertyNames", "contains", "not", "if", "then", "else",
    }
)  # fmt: skip
_NAMED_SCHEMAS = frozenset({"properties", "$defs", "definitions"})


def is_strict(schema: object) -> bool:
    """Whether OpenAI's strict mode takes it: every object is closed and requires all it names."""
    if isinstance(schema, list):
        return all(is_strict(item) for item in schema)
    if not _is_object(schema):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        if not _is_object(properties) or not isinstance(required, list):
            return False
        if schema.get("additionalProperties") is not False or set(properties) != set(required):
            return False
    return all(is_strict(value) for value in schema.values())


def closed_schema(schema: JsonObject) -> JsonObject:
    """Return the schema as Anthropic takes it.

    Objects are closed. Constraints that its grammar cannot enforce move into the
    description, where the model at least reads them.
    """
    closed: JsonObject = {}
    moved: JsonObject = {}
    for key, value in schema.items():
        if key in _CONSTRAINTS or (key == "minItems" and value not in (0, 1)):
            moved[key] = value
        elif key in _NAMED_SCHEMAS and _is_object(value):
            closed[key] = {name: _closed(item) for name, item in value.items()}
        else:
            closed[key] = value if key in {"enum", "const", "default"} else _closed(value)
    if closed.get("type") == "object" or "properties" in closed:
        closed["additionalProperties"] = False
    if moved:
        words = [str(closed["description"])] if "description" in closed else []
        closed["description"] = " ".join([*words, msgspec.json.encode(moved).decode()])
    return closed


def _closed(value: object) -> object:
    if isinstance(value, list):
        return [_closed(item) for item in value]
    return closed_schema(value) if _is_object(value) else value


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)
