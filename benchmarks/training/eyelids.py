"""The training of the lid network, in PyTorch.

    python -m benchmarks.training.eyelids --cache FOLDER

renders and tracks what it learns from, trains, and writes the weights. The people on whom
``python -m benchmarks eyelids`` judges are left out. It learns from three sources, of which
none alone would do:

- real frames, with the opening that the landmarks show as a weak teacher: right for both
  eyes together, biased where they differ;
- the same frame with and without a rendered closure, whose ratio of openings is known;
- eyes held open by their own pixels while the other eye blinks: their opening is that of
  the frame that the pixels are from, whatever the landmarks say.
"""

from __future__ import annotations

import argparse
import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from benchmarks.clips import RealClip, load_clips
from benchmarks.eyelids import left_out_clips
from benchmarks.renderings import WIDE_CROP
from benchmarks.tracks import (
    RenderedTrack,
    TrackStore,
    find_usable_replays,
    load_rounds,
    make_rounds,
    usable_clips,
)
from hemiscan.asymmetry.measures import LANDMARK_GROUPS, mirrored
from hemiscan.eyes.crops import CROP_SHAPE
from hemiscan.eyes.network import (
    CONTRAST_FLOOR,
    LOG_UNCERTAINTY_RANGE,
    OPENING_SCALE,
    WEIGHTS_PATH,
    LidNetwork,
)
from hemiscan.synthetic.spasm import compute_activation
from hemiscan.tracking import FaceTrack

ROUNDS = {"varied": range(1), "brief": range(1), "replay": range(2)}
"""What is rendered and replayed of every clip, see `benchmarks.tracks.draw_round`."""

N_STEPS = 1500
CHANNELS = (12, 24, 40)
N_HIDDEN = 48

_N_REAL, _N_PAIRS, _N_HELD = 72, 72, 40
"""Eyes of each source in a batch."""

_CLOSED_SHARE = 0.6
"""Eyes less open than this share of their usual opening are drawn four times as often."""

_FADED_S = 0.09


@dataclass(frozen=True)
class LidSamples:
    """Crops of eyes, and what is known of their openings.

    Attributes
    ----------
    crops : ndarray of uint8, shape (n_crops, 48, 72)
    mesh : ndarray of float32, shape (n_crops,)
        Opening that the landmarks show in real frames; NaN elsewhere.
    real : ndarray of int, shape (n_real,)
        Crops of real frames.
    before, after : ndarray of int, shape (n_pairs,)
        Crops of the same frame without and with a rendering.
    closure : ndarray of float32, shape (n_pairs,)
        Share of the opening that the rendering closes.
    held, held_opening : ndarray, shape (n_held,)
        Crops of held eyes, and the opening of the frame that they are from.
    weights : tuple of ndarray
        Chances of each real crop and of each pair to be drawn.
    """

    crops: NDArray[np.uint8]
    mesh: NDArray[np.float32]
    real: NDArray[np.intp]
    before: NDArray[np.intp]
    after: NDArray[np.intp]
    closure: NDArray[np.float32]
    held: NDArray[np.intp]
    held_opening: NDArray[np.float32]
    weights: tuple[NDArray[np.float64], NDArray[np.float64]]


def compute_mesh_opening(track: FaceTrack) -> NDArray[np.float32]:
    """Return the lid opening that the landmarks show, in eye widths, shape (n_frames, 2)."""
    opening = np.empty((track.n_frames, 2), np.float32)
    for side, of_side in enumerate((mirrored, tuple)):
        upper, lower, corners = (
            track.landmarks[:, list(of_side(group))]
            for group in (
                LANDMARK_GROUPS[name] for name in ("upper lid", "lower lid", "eye corners")
            )
        )
        height = np.linalg.norm(upper.mean(axis=1) - lower.mean(axis=1), axis=1)
        opening[:, side] = height / np.linalg.norm(corners[:, 0] - corners[:, 1], axis=1)
    return opening


def collect_samples(
    store: TrackStore, clips: Iterable[RealClip], rendered: Iterable[RenderedTrack]
) -> LidSamples:
    """Collect what the lid network learns from, of some clips and their renderings."""
    parts = _Parts()
    by_clip: dict[str, list[RenderedTrack]] = {}
    for item in rendered:
        by_clip.setdefault(item.clip.name, []).append(item)
    for clip in clips:
        plain = store.plain(clip)
        opening = compute_mesh_opening(plain)
        rows = parts.add_real(store.crops(clip.name), opening)
        for item in by_clip.get(clip.name, []):
            crops = store.crops(f"{clip.name}.{item.kind}{item.number}")
            if item.kind == "replay":
                parts.add_held(crops, clip, plain, opening, item.number)
            else:
                parts.add_pairs(crops, rows, plain, item)
    return parts.join()


class _Parts:
    """Samples clip by clip."""

    def __init__(self) -> None:
        self._crops: list[NDArray[np.uint8]] = []
        self._mesh: list[NDArray[np.float32]] = []
        self._real: list[tuple[NDArray[np.intp], NDArray[np.float64]]] = []
        self._pairs: list[tuple[NDArray[np.generic], ...]] = []
        self._held: list[tuple[NDArray[np.intp], NDArray[np.float32]]] = []
        self._n_crops = 0

    def add_real(self, crops: NDArray[np.uint8], opening: NDArray[np.float32]) -> NDArray[np.intp]:
        rows = self._add(crops, opening)
        known = np.isfinite(opening)
        shares = opening[known] / np.nanmedian(opening)
        # The square root: long clips count more, but not by their length.
        chances = np.where(shares < _CLOSED_SHARE, 4.0, 1.0) / np.sqrt(known.sum())
        self._real.append((rows[known], chances))
        return rows

    def add_pairs(
        self,
        crops: NDArray[np.uint8],
        plain_rows: NDArray[np.intp],
        plain: FaceTrack,
        item: RenderedTrack,
    ) -> None:
        assert item.rendering is not None
        rows = self._add(crops, None)
        n_frames = len(rows)
        gains = np.array(item.rendering.region_gains, dtype=np.float32)
        activation = compute_activation(
            item.rendering.spasms, item.track.time_s, seed=item.rendering.seed
        )
        closure = (activation * gains)[:, :, 1].clip(0, 1)
        known = item.track.has_face & plain.has_face[:n_frames]
        closure = closure[known].ravel()
        chances = np.where(closure > 0.03, 8.0, 1.0) / np.sqrt(max(len(closure), 1))
        before, after = plain_rows[:n_frames][known].ravel(), rows[known].ravel()
        self._pairs.append((before, after, closure, chances))

    def add_held(
        self,
        crops: NDArray[np.uint8],
        clip: RealClip,
        plain: FaceTrack,
        opening: NDArray[np.float32],
        number: int,
    ) -> None:
        rows = self._add(crops, None)
        for replay in find_usable_replays(clip, plain, number):
            if replay.kind != "blink":
                continue
            side = 0 if replay.held == "left" else 1
            last_s = plain.time_s[min(replay.stop, plain.n_frames - 1)] - _FADED_S
            frames = np.arange(replay.reference + 1, np.searchsorted(plain.time_s, last_s))
            known = np.full(len(frames), opening[replay.reference, side])
            self._held.append((rows[frames, side], known))

    def join(self) -> LidSamples:
        real, real_chances = (np.concatenate(part) for part in zip(*self._real, strict=True))
        before, after, closure, chances = (
            np.concatenate(part) for part in zip(*self._pairs, strict=True)
        )
        held, held_opening = (np.concatenate(part) for part in zip(*self._held, strict=True))
        return LidSamples(
            crops=np.concatenate(self._crops),
            mesh=np.concatenate(self._mesh),
            real=real,
            before=before.astype(np.intp),
            after=after.astype(np.intp),
            closure=closure.astype(np.float32),
            held=held,
            held_opening=held_opening,
            weights=(real_chances / real_chances.sum(), chances / chances.sum()),
        )

    def _add(
        self, crops: NDArray[np.uint8], opening: NDArray[np.float32] | None
    ) -> NDArray[np.intp]:
        """Keep crops, shape (n_frames, 2, 48, 72), and return their numbers, (n_frames, 2)."""
        first, count = self._n_crops, 2 * len(crops)
        self._crops.append(np.asarray(crops).reshape(-1, *WIDE_CROP))
        missing = np.full((len(crops), 2), np.nan, np.float32)
        self._mesh.append((missing if opening is None else opening).ravel())
        self._n_crops += count
        return first + np.arange(count).reshape(-1, 2)


class TrainableLidNetwork(nn.Module):
    """`hemiscan.eyes.LidNetwork`, with gradients."""

    def __init__(self) -> None:
        super().__init__()
        sizes = zip((1, *CHANNELS[:-1]), CHANNELS, strict=True)
        self.layers = nn.ModuleList(nn.Conv2d(i, o, 3, stride=2, padding=1) for i, o in sizes)
        n_flat = CHANNELS[-1] * CROP_SHAPE[0] * CROP_SHAPE[1] // 4 ** len(CHANNELS)
        self.hidden, self.output = nn.Linear(n_flat, N_HIDDEN), nn.Linear(N_HIDDEN, 2)
        self.drop = nn.Dropout(0.1)
        with torch.no_grad():
            self.output.bias.copy_(torch.tensor([0.0, -3.0]))

    def forward(self, crops: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return opening and logarithm of the uncertainty of crops, shape (n, 1, 32, 48)."""
        mean, spread = crops.mean((2, 3), keepdim=True), crops.std((2, 3), keepdim=True)
        signal = (crops - mean) / (spread + CONTRAST_FLOOR)
        for layer in self.layers:
            signal = functional.relu(layer(signal))
        features = signal.permute(0, 2, 3, 1).flatten(1)
        raw = self.output(self.drop(functional.relu(self.hidden(features))))
        return OPENING_SCALE * functional.softplus(raw[:, 0]), raw[:, 1].clamp(
            *LOG_UNCERTAINTY_RANGE
        )


def train_lids(samples: LidSamples, *, steps: int = N_STEPS, seed: int = 0) -> LidNetwork:
    """Train a lid network.

    Parameters
    ----------
    samples : LidSamples
    steps : int
        Gradient steps.
    seed : int
        Of weights, batches and distortions.

    Returns
    -------
    LidNetwork
        The running average of the weights over the second half.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = TrainableLidNetwork()
    averaged = copy.deepcopy(network).eval()
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 3e-3, total_steps=steps, pct_start=0.1
    )
    draw_real, draw_pair = (_drawer(weights, rng) for weights in samples.weights)
    for step in range(steps):
        loss = _batch_loss(network, samples, draw_real(_N_REAL), draw_pair(_N_PAIRS), rng)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        since = step - steps // 2
        if since > 0:
            with torch.no_grad():
                for mean, now in zip(averaged.parameters(), network.parameters(), strict=True):
                    mean.lerp_(now, 1 / min(since, 300))
    return to_lid_network(averaged)


def _drawer(
    weights: NDArray[np.float64], rng: np.random.Generator
) -> Callable[[int], NDArray[np.intp]]:
    """Return what draws so many places by their weights."""
    reach = np.cumsum(weights)
    return lambda count: np.searchsorted(reach, rng.random(count)).clip(0, len(weights) - 1)


def _batch_loss(
    network: TrainableLidNetwork,
    samples: LidSamples,
    real: NDArray[np.intp],
    pairs: NDArray[np.intp],
    rng: np.random.Generator,
) -> torch.Tensor:
    held = rng.integers(len(samples.held), size=_N_HELD)
    before = samples.before[pairs]
    numbers = np.concatenate([samples.real[real], samples.held[held], before, samples.after[pairs]])
    crops = torch.from_numpy(samples.crops[numbers].astype(np.float32))[:, None]
    # In random order, so that the two of a pair are not distorted alike.
    order = torch.randperm(len(numbers))
    distorted = distort(_shift_and_turn(crops, rng)[order], rng)[torch.argsort(order)]
    opening, log_error = network(distorted)
    mesh = torch.from_numpy(samples.mesh[numbers])
    known = torch.from_numpy(samples.held_opening[held])
    first, second = _N_REAL + _N_HELD, _N_REAL + _N_HELD + _N_PAIRS
    mesh = torch.cat([mesh[:_N_REAL], known, mesh[first:second]])
    closure = torch.from_numpy(samples.closure[pairs])
    # Half by the network's own answer: the ratio is known better than the opening.
    whole = 0.5 * opening[first:second] + 0.5 * mesh[first:]
    losses = _laplace(opening[:second], log_error[:second], mesh)
    closed = _laplace(opening[second:], log_error[second:], (1 - closure) * whole)
    return losses[:first].mean() + 0.5 * losses[first:].mean() + closed.mean()


def _laplace(value: torch.Tensor, log_error: torch.Tensor, goal: torch.Tensor) -> torch.Tensor:
    """Return the negative log likelihood of a Laplace distribution, but for a constant."""
    return (value - goal).abs() / torch.exp(log_error) + log_error


def _shift_and_turn(crops: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Cut the middle out of wide crops, a little shifted, turned and scaled."""
    n_crops = len(crops)
    turn, scale = rng.normal(0, 0.05, n_crops), np.exp(rng.normal(0, 0.04, n_crops))
    across, down = CROP_SHAPE[1] / WIDE_CROP[1], CROP_SHAPE[0] / WIDE_CROP[0]
    aspect = WIDE_CROP[1] / WIDE_CROP[0]
    matrix = np.empty((n_crops, 2, 3), np.float32)
    matrix[:, 0, 0] = scale * np.cos(turn) * across
    matrix[:, 0, 1] = -scale * np.sin(turn) * down / aspect
    matrix[:, 1, 0] = scale * np.sin(turn) * across * aspect
    matrix[:, 1, 1] = scale * np.cos(turn) * down
    matrix[:, :, 2] = 2 * rng.normal(0, 1.3, (n_crops, 2)) / np.array(WIDE_CROP[::-1])
    grid = functional.affine_grid(
        torch.from_numpy(matrix), [n_crops, 1, *CROP_SHAPE], align_corners=False
    )
    return functional.grid_sample(crops, grid, align_corners=False, padding_mode="border")


_DOWN, _ACROSS = torch.meshgrid(
    torch.linspace(-1, 1, CROP_SHAPE[0]), torch.linspace(-1, 1, CROP_SHAPE[1]), indexing="ij"
)


def distort(crops: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Change resolution, light and noise of crops; lay glare, rims and covers over some."""
    size = (len(crops), 1, 1, 1)

    def uniform(low: float, high: float) -> torch.Tensor:
        return torch.tensor(rng.uniform(low, high, size), dtype=torch.float32)

    def some(share: float) -> torch.Tensor:
        return torch.tensor(rng.random(size) < share)

    crops = _coarsen(crops, rng)
    gamma = torch.tensor(np.exp(rng.normal(0, 0.25, size)), dtype=torch.float32)
    crops = 255 * (crops.clamp(0, 255) / 255) ** gamma
    shading = 1 + uniform(-0.3, 0.3) * _ACROSS + uniform(-0.3, 0.3) * _DOWN
    crops = crops * uniform(0.35, 1.15) * shading + uniform(-10, 25)
    spot = ((_ACROSS - uniform(-1, 1)) / uniform(0.1, 0.5)) ** 2
    spot = spot + ((_DOWN - uniform(-1, 1)) / uniform(0.1, 0.5)) ** 2
    glare = torch.sigmoid(8 * (1 - spot)) * uniform(0.2, 0.8)
    crops = torch.where(some(0.15), crops + (245 - crops) * glare, crops)
    above = torch.tensor(rng.choice([-1.0, 1.0], size), dtype=torch.float32)
    rim = above * (uniform(0.45, 0.95) - uniform(0, 0.4) * _ACROSS**2)
    line = torch.exp(-(((_DOWN - rim + uniform(-0.2, 0.2) * _ACROSS) / uniform(0.06, 0.15)) ** 2))
    crops = torch.where(some(0.15), crops * (1 - line * uniform(0.3, 0.9)), crops)
    edge = (_ACROSS - uniform(-1, 1) + uniform(-0.5, 0.5) * _DOWN).abs()
    cover = torch.sigmoid(20 * (uniform(0.2, 1.2) - edge))
    skin = uniform(20, 220) + 20 * _ACROSS * uniform(-1, 1)
    crops = torch.where(some(0.06), crops + (skin - crops) * cover, crops)
    crops = crops + torch.randn(crops.shape) * uniform(0, 1) ** 2 * 14
    return crops.clamp(0, 255)


def _coarsen(crops: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Take resolution from the second half of the crops, as small and blurred eyes have it."""
    quarter = len(crops) // 4
    parts = [crops[: 2 * quarter]]
    for rows, limits in (
        (slice(2 * quarter, 3 * quarter), (1.3, 2.2)),
        (slice(3 * quarter, None), (1.8, 3.2)),
    ):
        coarse = [int(side / rng.uniform(*limits)) for side in CROP_SHAPE]
        small = functional.interpolate(crops[rows], size=coarse, mode="area")
        parts.append(
            functional.interpolate(small, size=CROP_SHAPE, mode="bilinear", align_corners=False)
        )
    return torch.cat(parts)


def to_lid_network(network: TrainableLidNetwork) -> LidNetwork:
    """Return the network as hemiscan runs it."""

    def array(values: torch.Tensor) -> NDArray[np.float32]:
        return np.ascontiguousarray(values.detach().numpy())

    return LidNetwork(
        kernels=tuple(
            array(layer.weight.permute(2, 3, 1, 0).flatten(0, 2)) for layer in network.layers
        ),
        biases=tuple(array(layer.bias) for layer in network.layers),
        hidden=array(network.hidden.weight.T),
        hidden_bias=array(network.hidden.bias),
        output=array(network.output.weight.T),
        output_bias=array(network.output.bias),
    )


def save_lid_network(network: LidNetwork, path: Path) -> None:
    """Write weights as `hemiscan.eyes.network.load_lid_network` reads them."""
    arrays = {
        "hidden": network.hidden,
        "hidden_bias": network.hidden_bias,
        "output": network.output,
        "output_bias": network.output_bias,
    }
    for index, (kernel, bias) in enumerate(zip(network.kernels, network.biases, strict=True)):
        arrays[f"kernel_{index}"], arrays[f"bias_{index}"] = kernel, bias
    np.savez(path, **arrays)  # type: ignore[arg-type]


def main(argv: Sequence[str] | None = None) -> None:
    """Make the weights of the lid network."""
    parser = argparse.ArgumentParser(prog="benchmarks.training.eyelids", description=main.__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="folder for tracks and crops")
    parser.add_argument("--steps", type=int, default=N_STEPS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=WEIGHTS_PATH)
    options = parser.parse_args(argv)
    if not load_clips():
        parser.error("no clips found; HEMISCAN_CLIPS names their folder")
    store = TrackStore(options.cache)
    left_out = {clip.person for clip in left_out_clips(store)}
    clips = [clip for clip in usable_clips(store) if clip.person not in left_out]
    rendered: list[RenderedTrack] = []
    for kind, numbers in ROUNDS.items():
        make_rounds(options.cache, clips, kind, numbers)
        rendered += load_rounds(store, clips, kind, numbers)
    samples = collect_samples(store, clips, rendered)
    network = train_lids(samples, steps=options.steps, seed=options.seed)
    save_lid_network(network, options.output)


if __name__ == "__main__":
    main()
