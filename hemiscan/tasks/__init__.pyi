from .finding import find_tasks
from .segments import (
    CLOSURES,
    COMMANDED,
    SEGMENT_COLUMNS,
    SMILES,
    TaskSegment,
    check_segments,
    cut_segments,
    load_segments,
    segment_at,
)

__all__ = [
    "CLOSURES",
    "COMMANDED",
    "SEGMENT_COLUMNS",
    "SMILES",
    "TaskSegment",
    "check_segments",
    "cut_segments",
    "find_tasks",
    "load_segments",
    "segment_at",
]
