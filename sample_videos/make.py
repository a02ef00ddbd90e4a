"""Make the sample clips again: ``python sample_videos/make.py``.

Needs scikit-image (``pip install -e ".[samples]"``) for the portrait. The pictures and
the truth are the same on every run; the H.264 encoder may differ in unseen details.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import skimage.data

from hemiscan.synthetic import Degradation, Family, Motion, Spasm, synthesize

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Recipe:
    """How one clip is made.

    ``crop`` is left, top, right and bottom in pixels of the portrait.
    """

    name: str
    crop: tuple[int, int, int, int]
    width: int
    seed: int
    duration_s: float
    spasms: Sequence[Spasm] = ()
    frame_rate_hz: float = 30.0
    family: Family = "mesh"
    motion: Motion = field(default_factory=Motion)
    degradation: Degradation = field(default_factory=Degradation)


RECIPES = (
    Recipe(
        name="left_clonic",
        crop=(96, 4, 352, 196),
        width=640,
        seed=1,
        duration_s=12.0,
        spasms=(
            Spasm(2.0, 2.4, "left", "clonic", 1.0, rate_hz=3.0),
            Spasm(7.4, 2.6, "left", "clonic", 1.0, pattern="eye_cheek", rate_hz=3.5, duty=0.7),
        ),
        degradation=Degradation(noise=1.5),
    ),
    Recipe(
        name="right_tonic",
        crop=(132, 8, 322, 198),
        width=512,
        seed=2,
        duration_s=12.0,
        frame_rate_hz=60.0,
        family="spline",
        spasms=(
            Spasm(2.4, 2.2, "right", "tonic", 0.95, ramp_s=0.12),
            Spasm(7.0, 3.0, "right", "tonic", 0.8, brow_rise=True, ramp_s=0.2),
        ),
        motion=Motion(blinks_per_min=14, turning_deg=2.5),
        degradation=Degradation(brightness=0.8, noise=1.5),
    ),
    Recipe(
        name="left_mixed",
        crop=(66, 4, 386, 184),
        width=640,
        seed=3,
        duration_s=15.0,
        family="pulls",
        spasms=(
            Spasm(1.8, 1.8, "left", "clonic", 0.95, rate_hz=2.5),
            Spasm(5.6, 2.4, "left", "tonic", 0.9, ramp_s=0.15),
            Spasm(10.4, 2.6, "left", "tonic", 0.95, burst=0.4, rate_hz=4.0),
        ),
        motion=Motion(blinks_per_min=13, turning_deg=3.0),
        degradation=Degradation(brightness=1.08, noise=2.0),
    ),
    Recipe(
        name="healthy",
        crop=(116, 0, 316, 250),
        width=480,
        seed=4,
        duration_s=12.0,
        motion=Motion(
            blinks_per_min=20,
            smiles=((1.6, 2.4), (8.6, 2.2)),
            talks=((5.0, 2.4),),
            turning_deg=3.5,
        ),
        degradation=Degradation(noise=1.5),
    ),
    Recipe(
        name="right_hard",
        crop=(20, 0, 420, 300),
        width=480,
        seed=5,
        duration_s=15.0,
        spasms=(
            Spasm(3.0, 1.8, "right", "clonic", 0.8, rate_hz=3.5, duty=0.7),
            Spasm(11.0, 1.6, "right", "tonic", 0.75, ramp_s=0.2),
        ),
        motion=Motion(
            blinks_per_min=18,
            smiles=((6.2, 1.8),),
            talks=((0.4, 1.8), (8.4, 1.6)),
            turning_deg=5.0,
        ),
        degradation=Degradation(brightness=0.6, noise=2.0, jpeg_quality=75),
    ),
)


def make(recipe: Recipe) -> None:
    """Render one clip and its truth into this folder."""
    left, top, right, bottom = recipe.crop
    portrait = skimage.data.astronaut()[top:bottom, left:right]
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "portrait.png"
        cv2.imwrite(str(picture), portrait[..., ::-1])
        synthesize(
            picture,
            recipe.spasms,
            output=FOLDER / f"{recipe.name}.mp4",
            family=recipe.family,
            seed=recipe.seed,
            motion=recipe.motion,
            duration_s=recipe.duration_s,
            frame_rate_hz=recipe.frame_rate_hz,
            width=recipe.width,
            degradation=recipe.degradation,
        )


if __name__ == "__main__":
    for recipe in RECIPES:
        if recipe.name in sys.argv[1:] or len(sys.argv) == 1:
            make(recipe)
