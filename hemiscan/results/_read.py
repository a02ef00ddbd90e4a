"""Reading files of results: whatever is wrong with one is told in a line that names it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from hemiscan.errors import ResultFileError

ADVICE = "analyse the clip again"

_T = TypeVar("_T")


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turn whatever reading a file raises into an error that names it."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise ResultFileError(f"cannot read {path}: {reason}") from error
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ResultFileError(
            f"{path}: not of an analysis, or damaged ({error}); {ADVICE}"
        ) from error


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def read_rows(
    path: Path, columns: Sequence[str], make: Callable[[dict[str, str]], _T]
) -> tuple[_T, ...]:
    """Read a table row by row; what is wrong is named with its row."""
    number = 1
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = sorted(set(columns).difference(reader.fieldnames or ()))
            if missing:
                raise ValueError(f"columns {', '.join(missing)} are missing")
            items = []
            for row in reader:
                number = reader.line_num
                if None in row or None in row.values():
                    raise ValueError("wrong number of fields")
                items.append(make(row))
    except OSError as error:
        reason = error.strerror or error
        raise ResultFileError(f"cannot read {path}: {reason}") from error
    except (csv.Error, ValueError, OverflowError) as error:
        raise ResultFileError(
            f"{path}: row {number}: not of an analysis ({error}); {ADVICE}"
        ) from error
    return tuple(items)
