"""JSON Schemas of the ``json_schema`` grader: draft 2020-12 unless they name another, without external references."""

from collections.abc import Mapping
from typing import Any


def validator_of(schema: Mapping[str, Any]) -> Any:
    """A validator of ``jsonschema`` whose registry is empty, so that no reference is ever fetched.

    Raises its ``SchemaError``.
    """
    # Few specs have a schema, and everybody reads specs.
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for
    from referencing import Registry

    kind = validator_for(schema, default=Draft202012Validator)
    kind.check_schema(schema)
    return kind(schema, registry=Registry())


def fault_of(schema: Mapping[str, Any]) -> str | None:
    """Why ``schema`` can judge nothing, in the words of the library; ``None`` where it can."""
    from jsonschema.exceptions import SchemaError
    from referencing.exceptions import Unresolvable

    try:
        validator_of(schema).is_valid(None)
    except (SchemaError, Unresolvable) as error:
        return str(error).splitlines()[0]
    except RecursionError:
        return "it refers to itself without end"
    return None
