"""What is wrong with a value by the part of JSON Schema that the API's description speaks."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
# What says nothing of a value, or of what is sent rather than answered.
_SILENT = {"title", "description", "default", "minItems", "maxItems"}
_HEARD = {"$ref", "anyOf", "enum", "type", "format", "properties", "required", "items"}
_HEARD |= {"additionalProperties", "minimum", "maximum", "minLength", "maxLength", "pattern"}


def faults(
    value: Any,  # noqa: ANN401 (JSON)
    schema: dict[str, Any],
    schemas: Mapping[str, Any],
    *,
    at: str = "$",
) -> Iterator[str]:
    """Each place where the value is not as described, or holds what is not described."""
    assert schema.keys() <= _HEARD | _SILENT, f"{at}: a word of JSON Schema that is not read here"
    if "$ref" in schema:
        yield from faults(value, schemas[schema["$ref"].rpartition("/")[2]], schemas, at=at)
    elif "anyOf" in schema:
        if all(any(faults(value, choice, schemas)) for choice in schema["anyOf"]):
            yield f"{at}: {value!r} is none of {schema['anyOf']}"
    elif "enum" in schema:
        if value not in schema["enum"]:
            yield f"{at}: {value!r} is none of {schema['enum']}"
    elif "type" in schema:
        yield from _of_type(value, schema, schemas, at)


def _of_type(
    value: Any,  # noqa: ANN401 (JSON)
    schema: dict[str, Any],
    schemas: Mapping[str, Any],
    at: str,
) -> Iterator[str]:
    kind = schema["type"]
    is_of_type = isinstance(value, _TYPES[kind])
    # A bool is an int to Python alone.
    if not is_of_type or (isinstance(value, bool) and kind != "boolean"):
        yield f"{at}: {value!r} is no {kind}"
        return
    if schema.get("format") == "date-time" and datetime.fromisoformat(value).tzinfo is None:
        yield f"{at}: {value!r} has no zone"
    if kind == "array":
        for index, item in enumerate(value):
            yield from faults(item, schema.get("items", {}), schemas, at=f"{at}[{index}]")
    if kind == "object":
        known = schema.get("properties", {})
        other = schema.get("additionalProperties", not known)
        for name in set(schema.get("required", ())) - value.keys():
            yield f"{at}.{name} is missing"
        for name, each in value.items():
            if name in known:
                yield from faults(each, known[name], schemas, at=f"{at}.{name}")
            elif other is False:
                yield f"{at}.{name} is not described"
