from .finding import find_tasks
from .protocol import BUILT_IN, Instruction, Protocol, Step, load_protocol
from .segments import (
    CLOSURES,
    COMMANDED,
    SEGMENT_COLUMNS,
    TaskSegment,
    check_segments,
    cut_segments,
    load_segments,
    segment_at,
)

__all__ = [
    "BUILT_IN",
    "CLOSURES",
    "COMMANDED",
    "SEGMENT_COLUMNS",
    "Instruction",
    "Protocol",
    "Step",
    "TaskSegment",
    "check_segments",
    "cut_segments",
    "find_tasks",
    "load_protocol",
    "load_segments",
    "segment_at",
]
