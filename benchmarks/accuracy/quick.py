"""A data set of drawn landmarks, so that the benchmark itself can be tried anywhere."""

from __future__ import annotations

from pathlib import Path

from benchmarks.clips import RealClip
from benchmarks.renderings import Rendering
from benchmarks.tracks import RenderedTrack, true_spans
from benchmarks.training.dataset import Dataset
from hemiscan.asymmetry import compute_measures
from hemiscan.synthetic import Spasm
from hemiscan.synthetic.puppet import synthesize_track

_PEOPLE = ("anyone", "somebody", "everyone")
_DURATION_S = 20.0


def make_quick_dataset() -> Dataset:
    """Return three drawn faces, each as it is and with four spasms."""
    plain, rendered = {}, []
    for index, person in enumerate(_PEOPLE):
        clip = RealClip(Path(f"{person}.mp4"), person, contractions=(), unclear=())
        face = {
            "duration_s": _DURATION_S,
            "blink_times_s": (1.0, 6.5, 12.2),
            "yaw_deg": 4.0 * index,
            "noise_px": 0.2,
        }
        plain[clip.name] = (clip, compute_measures(synthesize_track(**face)))
        spasms = (
            Spasm(2.5, 2.0, "left", "clonic", 0.9),
            Spasm(8.0, 2.5, "left", "tonic", 0.8),
            Spasm(13.5, 0.4, "right", "clonic", 0.9),
            Spasm(16.0, 1.5, "right", "tonic", 0.3 + 0.3 * index),
        )
        rendering = Rendering(spasms, "mesh", seed=0)
        track = synthesize_track(spasms, **face)
        spans = true_spans(rendering)
        item = RenderedTrack("fair", 0, clip, rendering, track, spans)
        rendered.append((item, compute_measures(track)))
    return Dataset(plain, tuple(rendered))
