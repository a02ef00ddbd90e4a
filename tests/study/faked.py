"""Rows of a study that nobody recorded."""

from __future__ import annotations

import numpy as np

from hemiscan.clinical import compute_rate_interval, compute_share_interval
from hemiscan.study import RecordingOverview
from hemiscan.study.overview import TIMELINE_STEPS

VISITS = ("baseline", "week 4", "week 12", "week 16")


def fake_recordings(
    n_patients: int, *, n_visits: int = 4, n_tasks: int = 1, seed: int = 7
) -> list[RecordingOverview]:
    """Patients with one affected side, better at the second visit; a few clips that fail."""
    rng = np.random.default_rng(seed)
    recordings: list[RecordingOverview] = []
    for patient in range(1, n_patients + 1):
        side = "left" if rng.random() < 0.55 else "right"
        rate = rng.gamma(3.0, 1.5)
        recordings += [
            _fake(rng, patient, visit, task, side, rate)
            for visit in range(n_visits)
            for task in ("rest", "speech", "smile")[:n_tasks]
        ]
    return recordings


def _fake(
    rng: np.random.Generator, patient: int, visit: int, task: str, side: str, rate: float
) -> RecordingOverview:
    name = f"P-{patient:03d}"
    identity = {
        "folder": f"{name}_{VISITS[visit].replace(' ', '-')}_{task}_ab12cd",
        "patient": name,
        "visit": VISITS[visit],
        "date": f"2026-{1 + 3 * visit:02d}-{1 + patient % 28:02d}",
        "task": task,
        "clip": f"{name}_{VISITS[visit]}_{task}.mp4",
        "treatment": "botulinum toxin 15" if visit else "",
        "treatment_date": "2026-01-20" if visit else "",
    }
    if rng.random() < 0.02:
        error = f"clips/{identity['clip']}: not a video, or damaged; give another file"
        return RecordingOverview(**identity, status="failed", error=error)
    seconds = float(rng.choice([60.0, 90.0, 180.0]))
    share = float(rng.uniform(0.3, 0.75) if rng.random() < 0.04 else rng.uniform(0.85, 1.0))
    count = int(rng.poisson(rate * (0.3 if visit == 1 else 1.0) * seconds / 60))
    starts = np.sort(rng.uniform(0, seconds - 4, count))
    lengths = rng.gamma(2.0, 0.6, count)
    first = (starts / seconds * TIMELINE_STEPS).astype(int)
    stop = first + np.maximum(lengths / seconds * TIMELINE_STEPS, 1).astype(int)
    stop[:-1] = np.minimum(stop[:-1], first[1:])
    steps = tuple((int(a), int(b)) for a, b in zip(first, stop, strict=True) if b > a)
    analyzable_s = share * seconds
    blinks = int(rng.poisson(12 * seconds / 60))
    return RecordingOverview(
        **identity,
        status="done",
        seconds=seconds,
        analyzable_s=analyzable_s,
        coverage=min(share + 0.05, 1.0),
        left_count=count if side == "left" else 0,
        right_count=count if side == "right" else 0,
        clonic_count=count - count // 4,
        tonic_count=count // 4,
        per_minute=60 * count / analyzable_s,
        per_minute_ci95=compute_rate_interval(count, analyzable_s),
        time_share=float(lengths.sum() / analyzable_s),
        time_share_ci95=compute_share_interval(lengths, analyzable_s),
        blinks_per_minute=60 * blinks / analyzable_s,
        blinks_per_minute_ci95=compute_rate_interval(blinks, analyzable_s),
        affected_side=side if count else "none",
        left_steps=steps if side == "left" else (),
        right_steps=steps if side == "right" else (),
    )
