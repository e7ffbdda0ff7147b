# SPDX-License-Identifier: Apache-2.0
"""The part of a custom resource's schema that needs no CEL: types, fields, choices, lengths, keys of lists."""

_TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}


def schema_of(crd):
    (version,) = crd["spec"]["versions"]
    return version["schema"]["openAPIV3Schema"]


def messages_of(schema):
    """The sentences of all CEL rules at and below a schema."""
    found = {rule["message"] for rule in schema.get("x-kubernetes-validations", [])}
    for inner in list(schema.get("properties", {}).values()) + [
            schema[name] for name in ("items", "additionalProperties") if isinstance(schema.get(name), dict)]:
        found |= messages_of(inner)
    return found


def paths_of(schema, prefix=""):
    """Every field at and below a schema, "spec.pullPolicy.match.images"."""
    for name, inner in schema.get("properties", {}).items():
        yield prefix + name
        yield from paths_of(inner, f"{prefix}{name}.")
    if "items" in schema:
        yield from paths_of(schema["items"], prefix)


def _has_type(value, kind):
    return isinstance(value, _TYPES[kind]) and not (kind == "integer" and isinstance(value, bool))


def _errors_of_text(schema, value, path):
    if len(value) < schema.get("minLength", 0):
        yield f"{path}: should be at least {schema['minLength']} chars long"
    if len(value) > schema.get("maxLength", len(value)):
        yield f"{path}: may not be more than {schema['maxLength']} bytes"


def _errors_of_list(schema, value, path):
    if len(value) < schema.get("minItems", 0):
        yield f"{path}: should have at least {schema['minItems']} items"
    if len(value) > schema.get("maxItems", len(value)):
        yield f"{path}: must have at most {schema['maxItems']} items"
    keys = schema.get("x-kubernetes-list-map-keys", [])
    names = [tuple(item.get(key) for key in keys) for item in value if keys and isinstance(item, dict)]
    if len(set(names)) != len(names):
        yield f"{path}: Duplicate value"
    for index, item in enumerate(value):
        yield from errors(schema["items"], item, f"{path}[{index}]")


def _errors_of_map(schema, value, path):
    for name in schema.get("required", []):
        if value.get(name) is None:
            yield f"{path}.{name}: Required value"
    if len(value) > schema.get("maxProperties", len(value)):
        yield f"{path}: must have at most {schema['maxProperties']} properties"
    properties = schema.get("properties")
    for name, inner in value.items():
        where = f"{path}.{name}".lstrip(".")
        if "additionalProperties" in schema:
            yield from errors(schema["additionalProperties"], inner, where)
        elif properties and name in properties:
            yield from errors(properties[name], inner, where)
        elif properties and not schema.get("x-kubernetes-preserve-unknown-fields"):
            yield f'unknown field "{where}"'


def errors(schema, value, path=""):
    """What is wrong with a value, in the words of the API server, or nearly so."""
    kind = schema.get("type", "object")
    if value is None and (schema.get("nullable") or "default" in schema):
        return
    if not _has_type(value, kind):
        yield f"{path}: must be of type {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: supported values: " + ", ".join(f'"{choice}"' for choice in schema["enum"])
    if kind == "string":
        yield from _errors_of_text(schema, value, path)
    elif kind == "array":
        yield from _errors_of_list(schema, value, path)
    elif kind == "object":
        yield from (error.lstrip(".") for error in _errors_of_map(schema, value, path))
