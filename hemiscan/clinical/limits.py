"""What limits the figures of a clip, as sentences."""

from __future__ import annotations

import numpy as np

from hemiscan.clinical.exposure import Exposure
from hemiscan.tracking.track import NO_FACE_WARNING, FaceTrack

_LOW_COVERAGE = 0.8
_LOW_ANALYZABLE_SHARE = 0.8
_SHORT_CLIP_S = 10.0
_LOW_FRAME_RATE_HZ = 20.0


def describe_limits(track: FaceTrack, exposure: Exposure) -> list[str]:
    """Say what limits the figures of a clip.

    Parameters
    ----------
    track : FaceTrack
    exposure : Exposure

    Returns
    -------
    list of str
        Sentences; empty where there is nothing to object to.
    """
    seconds, analyzable_s = exposure.total_s, exposure.analyzable_s
    face_s = float(exposure.duration_s[track.has_face].sum())
    if not track.has_face.any():
        return [NO_FACE_WARNING]
    warnings = []
    if face_s < _LOW_COVERAGE * seconds:
        warnings.append(
            f"the face was found in only {face_s / seconds:.0%} of the time; "
            "what happened in the rest is unknown"
        )
    if analyzable_s < _LOW_ANALYZABLE_SHARE * face_s:
        warnings.append(
            f"only {analyzable_s / face_s:.0%} of the time with a face can be judged well; in the "
            "rest the head is turned or moving fast, or the face is small"
        )
    if seconds < _SHORT_CLIP_S:
        warnings.append(f"the clip lasts only {seconds:.1f} s; rates a minute are rough estimates")
    step_s = float(np.median(exposure.duration_s))
    if step_s > 1.0 / _LOW_FRAME_RATE_HZ:
        warnings.append(
            f"the clip has only {1.0 / step_s:.0f} frames a second; quick twitches and blinks are "
            "missed"
        )
    return warnings
