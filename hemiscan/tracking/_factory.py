"""Making a landmark engine by its name."""

from __future__ import annotations

from pathlib import Path

from hemiscan.tracking.engine import DEFAULT_ENGINE, ENGINES, EngineName, LandmarkEngine


def create_engine(
    name: EngineName = DEFAULT_ENGINE, *, model: str | Path | None = None
) -> LandmarkEngine:
    """Make a landmark engine ready to work.

    Parameters
    ----------
    name : {"litert", "mediapipe"}, optional
        Which engine. Both run the same networks on the same pixels; LiteRT is the faster,
        can prepare several frames at a time, and tells how sure it is of each face.
    model : str or Path, optional
        A Face Landmarker bundle in place of the packaged one; see
        `hemiscan.models.load_bundle`.

    Returns
    -------
    LandmarkEngine
        For the frames of one clip.

    Raises
    ------
    ValueError
        If there is no engine of that name.
    ModelError
        If the model is missing, unreadable or not one the engine can load.
    """
    if name not in ENGINES:
        raise ValueError(f"engine must be one of {', '.join(ENGINES)}, not {name!r}")
    # Each library takes about a second to load; only the one that is used is.
    if name == "litert":
        from hemiscan.tracking._litert_engine import LitertEngine

        return LitertEngine(model=model)
    from hemiscan.tracking._mediapipe_engine import MediapipeEngine

    return MediapipeEngine(model=model)
