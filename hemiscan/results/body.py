"""The tables of the body: ``body.csv`` and ``body_episodes.csv``, to their files and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hemiscan.body import (
    JOINTS,
    LIMBS,
    BodyFindings,
    BodyMeasures,
    HandMovement,
    LimbEpisode,
    LimbMovement,
)
from hemiscan.episodes.events import SIDES
from hemiscan.results._read import read_rows
from hemiscan.results.tables import Columns, csv_text

if TYPE_CHECKING:
    import pandas as pd

BODY_NAME, BODY_EPISODES_NAME = "body.csv", "body_episodes.csv"

LIMB_EPISODE_COLUMNS = tuple(field.name for field in fields(LimbEpisode))
_AXES = ("out", "down")
_SHIFT = ("trunk_x", "trunk_y")
_HAND_NAMES = {name: [f"hand_{side}_{name}" for side in SIDES] for name in ("aperture", "turn_deg")}
HAND_COLUMNS = tuple(chain(*_HAND_NAMES.values()))
"""Of ``body.csv``, where the fingers were followed."""


def body_table(body: BodyFindings) -> pd.DataFrame:
    """Return the table of ``body.csv``.

    Parameters
    ----------
    body : BodyFindings

    Returns
    -------
    DataFrame
        One row a point of the time grid: ``time_s``; ``trunk_x`` and ``trunk_y``, where the
        trunk is in the picture, and ``trunk_lean_deg``; then for arm and leg
        ``<limb>_<side>_out`` and ``<limb>_<side>_down``, see `LimbMovement.position`, and
        ``trunk_<side>_down``, the distance from shoulder to hip; the same for the joints between
        (`LimbMovement.joints`); ``<limb>_asymmetry``, how much farther the left one is from its
        posture. All in shoulder widths; NaN where unknown. ``<limb>_<side>_quality`` is 0 to 1.
        Where hands
        were tracked, ``hand_<side>_aperture`` in palm lengths and ``hand_<side>_turn_deg``, see
        `HandMovement`.
    """
    import pandas as pd

    return pd.DataFrame(_body_columns(body))


def body_csv(findings: BodyFindings) -> dict[str, str]:
    """Return the content of both files by name."""
    return {
        BODY_NAME: csv_text(_body_columns(findings)),
        BODY_EPISODES_NAME: csv_text(_episode_columns(findings.episodes)),
    }


def load_body(directory: str | Path, measures: BodyMeasures | None) -> BodyFindings | None:
    """Read the body's findings back from a folder of results.

    Parameters
    ----------
    directory : str or Path
    measures : BodyMeasures or None
        From the summary.

    Returns
    -------
    BodyFindings or None
        None where no body was asked for. The shoulder width in pixels is not in the files.

    Raises
    ------
    OSError, ValueError, KeyError
        If a table is missing or damaged.
    """
    import pandas as pd

    if measures is None:
        return None
    directory = Path(directory)
    table = pd.read_csv(directory / BODY_NAME, dtype=np.float64)
    position = np.full((len(table), len(SIDES), len(LIMBS), len(_AXES)), np.nan)
    for side, limb, axis, name in _places(LIMBS):
        position[:, side, limb, axis] = table[name]
    trunk = LIMBS.index("trunk")
    position[:, :, trunk, 0] = 0.0 * position[:, :, trunk, 1]
    joints = np.full((len(table), len(SIDES), len(JOINTS), len(_AXES)), np.nan)
    for side, joint, axis, name in _places(JOINTS):
        joints[:, side, joint, axis] = table[name]
    quality = np.stack([table[list(names)] for names in _quality_names()], axis=-1)
    movement = LimbMovement(
        time_s=table["time_s"].to_numpy(),
        position=position,
        joints=joints,
        quality=quality,
        lean_deg=table["trunk_lean_deg"].to_numpy(),
        shift=np.stack([table[name] for name in _SHIFT], axis=-1),
        shoulder_px=float("nan"),
    )
    episodes = load_limb_episodes(directory / BODY_EPISODES_NAME)
    return BodyFindings(movement, episodes, measures, _take_hands(table))


def load_limb_episodes(path: str | Path) -> tuple[LimbEpisode, ...]:
    """Read the episodes of the limbs back from ``body_episodes.csv``.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    tuple of LimbEpisode
        In the order of the file, with the decimals that it holds.

    Raises
    ------
    ResultFileError
        If the file cannot be read or is not such a table; it names the row.
    """
    return read_rows(Path(path), LIMB_EPISODE_COLUMNS, _make_episode)


def _take_hands(table: pd.DataFrame) -> HandMovement | None:
    """Return what the fingers do; None where the table does not tell."""
    if not set(_HAND_NAMES["aperture"]).issubset(table.columns):
        return None
    measures = {name: table[both].to_numpy() for name, both in _HAND_NAMES.items()}
    return HandMovement(table["time_s"].to_numpy(), **measures)


def _quality_names() -> list[tuple[str, str]]:
    """Return the columns of the quality of each limb, left and right."""
    return [(f"{limb}_left_quality", f"{limb}_right_quality") for limb in LIMBS]


def _places(parts: Sequence[str]) -> list[tuple[int, int, int, str]]:
    """Return side, part and axis of each column of positions, with its name."""
    return [
        (s, n, a, f"{limb}_{side}_{axis}")
        for n, limb in enumerate(parts)
        for s, side in enumerate(SIDES)
        for a, axis in enumerate(_AXES)
        if (limb, axis) != ("trunk", "out")
    ]


def _body_columns(body: BodyFindings) -> Columns:
    movement, hands = body.movement, body.hands
    columns: Columns = {"time_s": movement.time_s}
    columns |= dict(zip(_SHIFT, movement.shift.T, strict=True))
    columns["trunk_lean_deg"] = movement.lean_deg
    columns |= {name: movement.position[:, s, n, a] for s, n, a, name in _places(LIMBS)}
    columns |= {name: movement.joints[:, s, n, a] for s, n, a, name in _places(JOINTS)}
    columns |= dict(zip((f"{limb}_asymmetry" for limb in LIMBS), movement.asymmetry.T, strict=True))
    columns |= {
        name: movement.quality[:, side, n]
        for n, names in enumerate(_quality_names())
        for side, name in enumerate(names)
    }
    if hands is not None:
        for name, both in _HAND_NAMES.items():
            columns |= dict(zip(both, getattr(hands, name).T, strict=True))
    return columns


def _episode_columns(episodes: Sequence[LimbEpisode]) -> Columns:
    kinds: dict[str, Any] = {"jerk_count": np.int64}
    kinds |= dict.fromkeys(("side", "limb", "kind"), object)
    return {
        name: np.array([getattr(e, name) for e in episodes], dtype=kinds.get(name, np.float64))
        for name in LIMB_EPISODE_COLUMNS
    }


def _make_episode(row: dict[str, str]) -> LimbEpisode:
    def number(name: str) -> float:
        return float(row[name] or "nan")

    side, kind = row["side"], row["kind"]
    if side not in ("left", "right") or kind not in ("clonic", "tonic"):
        raise ValueError(f"side {side!r} and kind {kind!r} cannot be")
    return LimbEpisode(
        start_s=number("start_s"),
        end_s=number("end_s"),
        side=side,  # type: ignore[arg-type]
        limb=row["limb"],
        kind=kind,  # type: ignore[arg-type]
        peak_time_s=number("peak_time_s"),
        peak_amplitude=number("peak_amplitude"),
        jerk_count=int(row["jerk_count"]),
        jerk_rate_hz=number("jerk_rate_hz"),
    )
