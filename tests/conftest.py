"""Fixtures that every room's tests may use."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hemiscan.analysis import Analysis
from hemiscan.asymmetry.series import REGIONS, AsymmetrySeries
from hemiscan.clinical.summary import summarize
from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.events import Blink, Episode, Kind, Side
from hemiscan.tracking.track import N_LANDMARKS, FaceTrack
from hemiscan.video.frames import ClipInfo

REPOSITORY = Path(__file__).parents[1]
SHARED_CLIPS = REPOSITORY.parent / "shared" / "clips"
SHARED_FAULTS = REPOSITORY.parent / "shared" / "faults"

for _number in filter(None, (getattr(signal, n, None) for n in ("SIGINT", "SIGTERM", "SIGHUP"))):
    # What runs the tests in the background, as a shell or nohup does, may have them ignored;
    # the tests, and the programs they start, are about heeding them.
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(
            _number, signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL
        )


@pytest.fixture
def rng() -> np.random.Generator:
    """A random generator that is the same on every run."""
    return np.random.default_rng(20_260_101)


@pytest.fixture
def sample_videos() -> Path:
    """The folder of clips with known spasms that ships with the repository."""
    return REPOSITORY / "sample_videos"


@pytest.fixture(scope="session")
def shared_clips() -> Path:
    """Real clips of healthy people; they are not part of the repository."""
    if not SHARED_CLIPS.is_dir():
        pytest.skip("needs the folder of real clips beside the checkout")
    return SHARED_CLIPS


@pytest.fixture
def shared_faults() -> Path:
    """Odd and damaged inputs; they are not part of the repository."""
    if not SHARED_FAULTS.is_dir():
        pytest.skip("needs the folder of damaged inputs beside the checkout")
    return SHARED_FAULTS


@pytest.fixture
def make_analysis(rng: np.random.Generator) -> Callable[..., Analysis]:
    """A builder of analyses with described motion; see `_build_analysis`."""
    return partial(_build_analysis, rng)


@pytest.fixture
def spasm_analysis(make_analysis: Callable[..., Analysis]) -> Analysis:
    """15 s at 30 frames a second with the motion that is the default of the builder.

    Both eyes blink every 3 s; the left half twitches four times from 4 to 6 s; the right
    half is held contracted from 9 to 12 s; no face from 13 to 14 s.
    """
    return make_analysis()


def _build_analysis(
    rng: np.random.Generator,
    *,
    seconds: float = 15.0,
    rate_hz: float = 30.0,
    spasms: Sequence[tuple[float, float, str, str]] = (
        (4.0, 6.0, "left", "clonic"),
        (9.0, 12.0, "right", "tonic"),
    ),
    gaps: Sequence[tuple[float, float]] = ((13.0, 14.0),),
    blink_every_s: float = 3.0,
    name: str = "clip.mp4",
) -> Analysis:
    """Make an analysis of a face that blinks and has the spasms asked for.

    Clonic spasms are two twitches a second, tonic ones are held; both involve eye, cheek
    and mouth, and raise the brow a little. Nothing is detected here: blinks and episodes
    are those described.
    """
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    blinks = [
        Blink(start_s=t, end_s=t + 0.25, amplitude_left=0.95, amplitude_right=0.9, lag_ms=-4.0)
        for t in np.arange(blink_every_s, seconds - 0.5, blink_every_s).tolist()
    ]
    episodes = [_episode(*spasm) for spasm in sorted(spasms)]
    halves = {side: np.zeros((len(time_s), len(REGIONS))) for side in ("left", "right")}
    for half in halves.values():
        for blink in blinks:
            _add_bump(half[:, 1], time_s, blink.start_s, blink.end_s, 0.9)
    strength = np.array([0.01, 0.5, 0.04, 0.06, 0.01])
    for episode in episodes:
        for start, end in _contractions(episode):
            for region, amplitude in enumerate(strength):
                _add_bump(halves[episode.side][:, region], time_s, start, end, amplitude)
    scale = np.array([0.004, 0.03, 0.003, 0.004, 0.003])
    for half in halves.values():
        half += rng.normal(size=half.shape) * scale
    missing = np.zeros(len(time_s), dtype=bool)
    for start, end in gaps:
        missing |= (time_s >= start) & (time_s < end)
    face = np.where(missing, np.nan, 0.0).astype(np.float32)
    left, right = ((half + face[:, None]).astype(np.float32) for half in halves.values())
    track = FaceTrack(
        time_s=time_s,
        landmarks=np.broadcast_to(face[:, None, None], (len(time_s), N_LANDMARKS, 3)),
        presence=(~missing).astype(np.float32),
        pose_deg=np.broadcast_to(face[:, None], (len(time_s), 3)),
        source=ClipInfo(name, 1280, 720, rate_hz, 0, "h264", len(time_s)),
        engine="mediapipe 0.10.31",
    )
    # At rest the left eye is the narrower one, and the right mouth corner the higher.
    rest = np.array([0.001, 0.12, -0.004, -0.02, 0.003], dtype=np.float32)
    series = AsymmetrySeries(time_s, left, right, left - right, track.presence, rest)
    config = DetectorConfig()
    summary = summarize(track, series, blinks, episodes, config)
    score = np.full((len(time_s), 2), 0.02, dtype=np.float32)
    for episode in episodes:
        inside = (time_s >= episode.start_s) & (time_s < episode.end_s)
        score[inside, 0 if episode.side == "left" else 1] = 0.95
    score[missing] = np.nan
    return Analysis(track, series, tuple(blinks), tuple(episodes), score, summary, config)


def _episode(start: float, end: float, side: Side, kind: Kind) -> Episode:
    count = max(1, round(2 * (end - start))) if kind == "clonic" else 1
    return Episode(
        start_s=start,
        end_s=end,
        side=side,
        regions=("eye", "cheek", "mouth"),
        kind=kind,
        twitch_count=count,
        twitch_rate_hz=2.0 if count > 1 else float("nan"),
        peak_time_s=start + (end - start) / count / 2,
        peak_amplitude=0.5,
        confidence=0.9,
    )


def _contractions(episode: Episode) -> list[tuple[float, float]]:
    edges = np.linspace(episode.start_s, episode.end_s, episode.twitch_count + 1)
    return list(pairwise(edges.tolist()))


def _add_bump(
    values: NDArray[np.float64],
    time_s: NDArray[np.float64],
    start: float,
    end: float,
    amplitude: float,
) -> None:
    """Add a smooth rise, a plateau and a fall."""
    ramp = min(0.2, (end - start) / 2)
    shape = np.clip(np.minimum(time_s - start, end - time_s) / ramp, 0.0, 1.0)
    values += amplitude * np.sin(shape * np.pi / 2) ** 2


class FakeClock:
    """Moves only when told to."""

    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        return self.now_s

    def sleep(self, seconds):
        self.now_s += seconds


@pytest.fixture
def clock():
    return FakeClock()
