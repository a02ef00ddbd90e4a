"""Looking for faces or bodies in some frames of a clip, and knowing where they are in between.

A face moves little in a tenth of a second. Regions that are interpolated between two detections
are as good as detected ones, and steadier: the detector's own jitter is averaged. A frame's region
depends on the key frames around it alone, so that it does not matter where a clip is cut or how
many frames are worked on at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from hemiscan.tracking._crop_region import MIN_IOU, CropRegion, compute_iou
from hemiscan.tracking._prefetch import prefetch_map

KEY_STEP = 4
"""A face detector looks at the first of so many frames, by their numbers in the clip."""

MAX_GAP_S = 0.2
"""Key frames farther apart say too little about the frames between them."""

Regions: TypeAlias = tuple[CropRegion, ...]
"""Where a detector finds faces or bodies, the one of the highest score first."""


class InClip(Protocol):
    """A frame, or something about it."""

    @property
    def index(self) -> int:
        """Number of the frame in the clip."""
        ...

    @property
    def time_s(self) -> float:
        """Presentation time of the frame."""
        ...

    @property
    def image(self) -> NDArray[np.uint8]:
        """Pixels of the frame."""
        ...


_Frame = TypeVar("_Frame", bound=InClip)
_Found = TypeVar("_Found")


def locate_ahead(
    frames: Iterable[_Frame],
    find_regions: Callable[[_Frame], Regions],
    locate: Callable[[_Frame, Regions], _Found],
    *,
    workers: int,
    step: int = KEY_STEP,
    max_gap_s: float = MAX_GAP_S,
) -> Generator[tuple[_Frame, _Found], None, None]:
    """Look into several frames of a clip at a time, of which only some need the detector.

    Parameters
    ----------
    frames : iterable
        In the order of the clip; read in a thread of their own.
    find_regions : callable
        Runs the detector on a frame; called from several threads.
    locate : callable
        Finds the landmarks of a frame in its regions; called from several threads.
    workers : int
        Frames that are looked at simultaneously. It changes nothing in the result.
    step : int, optional
        The detector runs on the first of so many frames, and where the key frames do not tell.
    max_gap_s : float, optional
        As for `interpolate_regions`.

    Yields
    ------
    frame
    found
        What ``locate`` returned for it.
    """
    detected = prefetch_map(
        mark_key_frames(frames, step=step),
        lambda marked: find_regions(marked[0]) if marked[1] else None,
        workers=math.ceil(workers / KEY_STEP),
        count_bytes=lambda marked: marked[0].image.nbytes,
    )
    filled = interpolate_regions(
        ((frame, regions) for (frame, _), regions in detected), max_gap_s=max_gap_s
    )
    located = prefetch_map(
        filled,
        lambda item: locate(item[0], find_regions(item[0]) if item[1] is None else item[1]),
        workers=workers,
        count_bytes=lambda item: item[0].image.nbytes,
    )
    with closing(detected), closing(located):
        for (frame, _), found in located:
            yield frame, found


def mark_key_frames(
    frames: Iterable[_Frame], *, step: int = KEY_STEP
) -> Generator[tuple[_Frame, bool], None, None]:
    """Yield every frame, and whether the detector is to look at it."""
    block = -1
    for frame in frames:
        is_key = frame.index // step != block
        block = frame.index // step
        yield frame, is_key


def interpolate_regions(
    detected: Iterable[tuple[_Frame, Regions | None]], *, max_gap_s: float = MAX_GAP_S
) -> Generator[tuple[_Frame, Regions | None], None, None]:
    """Fill in where the faces are in the frames between key frames.

    Parameters
    ----------
    detected : iterable of (Frame, tuple of CropRegion or None)
        The frames of a clip in order, None for those between key frames.
    max_gap_s : float, optional
        Key frames farther apart say nothing about the frames between them.

    Yields
    ------
    frame : Frame
    regions : tuple of CropRegion or None
        None where the key frames do not tell, so that the detector has to look: where they are
        far apart, show no face or not the same ones, and after the last one.
    """
    waiting: list[_Frame] = []
    key: tuple[float, Regions] = -math.inf, ()
    for frame, regions in detected:
        if regions is None:
            waiting.append(frame)
            continue
        next_key = frame.time_s, regions
        for between in waiting:
            is_near = next_key[0] - key[0] <= max_gap_s
            yield between, _interpolate(key, next_key, between.time_s) if is_near else None
        waiting.clear()
        key = next_key
        yield frame, regions
    for between in waiting:
        yield between, None


def _interpolate(
    before: tuple[float, Regions], after: tuple[float, Regions], time_s: float
) -> Regions | None:
    (before_s, first), (after_s, last) = before, after
    if not first or len(first) != len(last):
        return None
    boxes = np.array([region.corners() for region in last])
    matches = [np.flatnonzero(compute_iou(region.corners(), boxes) > MIN_IOU) for region in first]
    if any(len(match) != 1 for match in matches) or len({int(m[0]) for m in matches}) < len(last):
        return None
    share = (time_s - before_s) / (after_s - before_s)
    pairs = zip(first, matches, strict=True)
    return tuple(_blend(region, last[int(match[0])], share) for region, match in pairs)


def _blend(first: CropRegion, last: CropRegion, share: float) -> CropRegion:
    turn_rad = math.remainder(last.rotation_rad - first.rotation_rad, math.tau)
    return CropRegion(
        first.x + share * (last.x - first.x),
        first.y + share * (last.y - first.y),
        first.width + share * (last.width - first.width),
        first.height + share * (last.height - first.height),
        first.rotation_rad + share * turn_rad,
    )
