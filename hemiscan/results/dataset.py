"""What was measured in every frame, as a labelled dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemiscan.asymmetry.series import REGIONS
from hemiscan.results.tables import POSE_COLUMNS

if TYPE_CHECKING:
    import xarray as xr

    from hemiscan.findings import Findings


def frames_dataset(analysis: Findings) -> xr.Dataset:
    """Return what was measured in every frame as a labelled dataset.

    Parameters
    ----------
    analysis : Findings

    Returns
    -------
    Dataset
        Coordinates: ``time`` (seconds from the clip's first frame), ``region`` (brow to
        chin) and ``side`` (left, right; the subject's own). Variables: ``movement`` (time,
        region, side) and ``asymmetry`` (time, region), in the units of `AsymmetrySeries`;
        ``score`` (time, side), the detector's, 0 to 1; ``lid_opening`` and
        ``lid_uncertainty`` (time, side), as in `FaceTrack`; ``quality``, ``face`` (bool),
        ``yaw_deg``, ``pitch_deg`` and ``roll_deg`` (time); ``resting_asymmetry`` (region).
        NaN where no face was found.
        Attributes: ``clip``, ``sha256``, ``mirrored``, ``engine``, ``hemiscan``.

    Raises
    ------
    ImportError
        If xarray is not installed.
    """
    try:
        import xarray as xr
    except ImportError as error:
        raise ImportError(
            "to_xarray needs xarray, which is not installed: pip install 'hemiscan[xarray]'"
        ) from error

    track, series = analysis.track, analysis.series
    movement = np.stack([series.left, series.right], axis=-1)
    dataset = xr.Dataset(
        {
            "movement": (("time", "region", "side"), movement),
            "asymmetry": (("time", "region"), series.asymmetry),
            "score": (("time", "side"), analysis.score),
            "lid_opening": (("time", "side"), track.lid_opening),
            "lid_uncertainty": (("time", "side"), track.lid_uncertainty),
            "quality": ("time", series.quality),
            "face": ("time", track.has_face),
            "resting_asymmetry": ("region", series.resting_asymmetry),
            **{name: ("time", track.pose_deg[:, i]) for i, name in enumerate(POSE_COLUMNS)},
        },
        coords={"time": track.time_s, "region": list(REGIONS), "side": ["left", "right"]},
        attrs={
            "clip": track.source.name,
            "sha256": track.source.sha256,
            "mirrored": int(track.mirrored),  # netCDF has no booleans
            "engine": track.engine,
            "hemiscan": analysis.summary.versions["hemiscan"],
        },
    )
    dataset["time"].attrs["units"] = "s"
    return dataset
