"""What the formats with strictly alternating turns share."""

import msgspec

OPENING = "(The conversation continues.)"
"""Stands in for the user's turn when a cut history begins with the assistant's."""


def parsed_arguments(arguments: str) -> dict[str, object]:
    """The arguments as an object; what a model wrote and is not one is kept under ``input``."""
    try:
        value: object = msgspec.json.decode(arguments or "{}")
    except msgspec.DecodeError:
        value = arguments
    if isinstance(value, dict):
        return {str(key): item for key, item in value.items()}
    return {"input": value}
