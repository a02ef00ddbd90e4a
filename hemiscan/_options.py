"""What the library and the command line make of the options of an analysis."""

from __future__ import annotations

from typing import Any

from hemiscan.episodes.config import DetectorConfig, DetectorName, Sensitivity
from hemiscan.tracking.engine import DEFAULT_ENGINE

_VIDEO_DEFAULTS = {
    "start_s": None,
    "end_s": None,
    "mirrored": False,
    "face": 1,
    "engine": DEFAULT_ENGINE,
    "model": None,
    "workers": None,
}
"""Options of `analyze` that a saved track can no longer heed."""


def video_options_given(**options: object) -> list[str]:
    """Return which options were given that a saved track can no longer heed."""
    return [name for name, value in options.items() if value != _VIDEO_DEFAULTS[name]]


def make_config(
    detector: DetectorName | None = None, sensitivity: Sensitivity | None = None, **values: float
) -> DetectorConfig:
    """Return the settings of a detector, made of those that were given.

    Parameters
    ----------
    detector, sensitivity : str, optional
        See `hemiscan.analyze`.
    **values : float
        Other fields of `DetectorConfig`.

    Returns
    -------
    DetectorConfig

    Raises
    ------
    ValueError
        If a value is out of its range, or the detector does not heed what was given.
    """
    chosen = {"detector": detector, "sensitivity": sensitivity}
    given: dict[str, Any] = {name: value for name, value in chosen.items() if value is not None}
    given |= values
    DetectorConfig.require_heeded(detector or "learned", *given)
    return DetectorConfig(**given)
