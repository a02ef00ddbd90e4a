"""Dataclasses from the JSON that was written of them."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


def restore(kind: Any, value: Any) -> Any:
    """Return a value of a type, made of what `json.loads` gave.

    Parameters
    ----------
    kind : type
        A dataclass, or of what its fields are annotated with: numbers, text, `Literal`, a type
        or None, tuples and mappings of such. ``Any`` takes everything as it is.
    value : object
        As parsed from JSON; null stands for NaN where a float is expected.

    Returns
    -------
    object
        Of that type. A field of a dataclass that is missing takes its default.

    Raises
    ------
    ValueError
        If the value is not of the type; it names the field.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if is_dataclass(kind) and isinstance(kind, type):
        return _restore_dataclass(kind, value)
    if kind is float:
        return math.nan if value is None else float(_checked(value, int, float))
    if kind in (int, str, bool):
        return _checked(value, kind)
    if origin in (Union, types.UnionType):
        return None if value is None else restore(_without_none(arguments), value)
    if origin is Literal:
        return _one_of(value, arguments)
    if origin is tuple:
        items = _checked(value, list)
        kinds = [arguments[0]] * len(items) if arguments[-1] is Ellipsis else arguments
        return tuple(restore(item_kind, item) for item_kind, item in zip(kinds, items, strict=True))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        items = _checked(value, dict)
        return {str(key): restore(arguments[1], item) for key, item in items.items()}
    raise TypeError(f"values of {kind} cannot be restored")


def _restore_dataclass(kind: type, value: Any) -> Any:
    hints = _types_of_fields(kind)
    given = _checked(value, dict)
    values = {}
    for field in fields(kind):
        if field.name in given:
            try:
                values[field.name] = restore(hints[field.name], given[field.name])
            except ValueError as error:
                raise ValueError(f"{field.name}: {error}") from error
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"{field.name} is missing")
    return kind(**values)


@cache
def _types_of_fields(kind: type) -> dict[str, Any]:
    """Return what the fields of a dataclass are annotated with; finding out is slow."""
    return get_type_hints(kind)


def _checked(value: Any, *kinds: type) -> Any:
    # To Python, True is a number; to JSON it is none.
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        expected = " or ".join(kind.__name__ for kind in kinds)
        raise ValueError(f"expected {expected}, not {type(value).__name__}")
    return value


def _one_of(value: Any, choices: tuple[Any, ...]) -> Any:
    if value not in choices:
        raise ValueError(f"expected one of {', '.join(map(str, choices))}, not {value!r}")
    return value


def _without_none(arguments: tuple[Any, ...]) -> Any:
    """Return the type that may also be None."""
    (kind,) = [argument for argument in arguments if argument is not type(None)]
    return kind
