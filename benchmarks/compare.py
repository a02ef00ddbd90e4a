"""``python -m benchmarks compare OLD NEW``: whether two folders of results say the same.

Run ``hemiscan analyze CLIP... --output OLD`` before a change and the same with ``--output NEW``
after it. Episodes and blinks must be the same rows; numbers may differ by 1e-5, as the last
decimal of a sum does when its order changes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

TABLES = ("frames.csv", "episodes.csv", "blinks.csv")
TOLERANCE = 1e-5


def compare_tables(old: pd.DataFrame, new: pd.DataFrame, *, tolerance: float) -> str:
    """Return in what two tables differ; nothing where they agree.

    Columns that only the new table has are additions, not differences.
    """
    missing = [name for name in old if name not in new]
    if missing:
        return f"columns are gone: {', '.join(missing)}"
    if len(old) != len(new):
        return f"{len(old)} rows became {len(new)}"
    worst, where = 0.0, ""
    for name in old:
        before, after = old[name], new[name]
        if not (pd.api.types.is_numeric_dtype(before) and pd.api.types.is_numeric_dtype(after)):
            if not before.equals(after.astype(before.dtype)):
                return f"{name} differs"
            continue
        values = [column.to_numpy(dtype=np.float64, na_value=np.nan) for column in (before, after)]
        if not np.array_equal(*map(np.isnan, values)):
            return f"{name} is unknown in other rows"
        difference = float(np.nanmax(np.abs(values[0] - values[1]), initial=0.0))
        if difference > worst:
            worst, where = difference, str(name)
    # One last decimal is 1.00000000001e-05 as often as not.
    return f"{where} differs by {worst:.2g}" if worst > 1.001 * tolerance else ""


def compare_results(old: Path, new: Path, *, tolerance: float = TOLERANCE) -> Iterator[str]:
    """Yield a line for each table of the old results that is missing or differs in the new."""
    for path in sorted(path for name in TABLES for path in old.rglob(name)):
        other = new / path.relative_to(old)
        if not other.exists():
            yield f"{path.relative_to(old)}: missing"
            continue
        difference = compare_tables(pd.read_csv(path), pd.read_csv(other), tolerance=tolerance)
        if difference:
            yield f"{path.relative_to(old)}: {difference}"


def main(arguments: Sequence[str]) -> None:
    """Compare two folders; exit 1 where they differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks compare", description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--tolerance", type=float, default=TOLERANCE)
    options = parser.parse_args(arguments)
    n_tables = sum(len(list(options.old.rglob(name))) for name in TABLES)
    differences = list(compare_results(options.old, options.new, tolerance=options.tolerance))
    for line in differences:
        print(line)
    print(f"{n_tables - len(differences)} of {n_tables} tables are the same")
    sys.exit(1 if differences or not n_tables else 0)
