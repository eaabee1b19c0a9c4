"""As much of JSON Schema as the vectors' schema uses; what else a schema says is an error here."""

from __future__ import annotations

import re
from typing import Any

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}
_KNOWN = {
    "$schema", "$defs", "$ref", "title", "description", "type", "required", "properties", "additionalProperties",
    "items", "enum", "const", "pattern", "minimum", "maximum", "oneOf",
}  # fmt: skip


class Schema:
    """A schema that says whether it fits a value."""

    def __init__(self, whole: dict[str, Any]) -> None:
        self._whole = whole

    def fits(self, value: Any) -> bool:
        return self._fits(self._whole, value)

    def _fits(self, schema: dict[str, Any], value: Any) -> bool:
        assert schema.keys() <= _KNOWN, schema.keys() - _KNOWN
        if "$ref" in schema:
            return self._fits(self._whole["$defs"][schema["$ref"].removeprefix("#/$defs/")], value)
        if "oneOf" in schema and sum(self._fits(each, value) for each in schema["oneOf"]) != 1:
            return False
        if "const" in schema and value != schema["const"]:
            return False
        if "enum" in schema and value not in schema["enum"]:
            return False
        return self._is_of_type(schema, value) and self._holds(schema, value)

    def _is_of_type(self, schema: dict[str, Any], value: Any) -> bool:
        names = schema.get("type", list(_TYPES))
        names = [names] if isinstance(names, str) else names
        if isinstance(value, bool):
            return "boolean" in names
        return any(isinstance(value, _TYPES[name]) for name in names)

    def _holds(self, schema: dict[str, Any], value: Any) -> bool:
        if isinstance(value, str) and "pattern" in schema:
            return re.search(schema["pattern"], value) is not None
        if isinstance(value, int) and not isinstance(value, bool):
            return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))
        if isinstance(value, list) and "items" in schema:
            return all(self._fits(schema["items"], each) for each in value)
        if not isinstance(value, dict):
            return True
        if not value.keys() >= set(schema.get("required", ())):
            return False
        known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        for name, each in value.items():
            if name in known:
                if not self._fits(known[name], each):
                    return False
            elif others is False or (isinstance(others, dict) and not self._fits(others, each)):
                return False
        return True
