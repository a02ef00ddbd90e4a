"""The training itself, in PyTorch."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from benchmarks.training.examples import Example
from hemiscan.episodes.features import ANTISYMMETRIC_FEATURES, SYMMETRIC_FEATURES
from hemiscan.episodes.network import STEP_POINTS, SpasmNetwork

N_CHANNELS = 40
N_LAYERS = 5
N_TAPS = 5
LOOK_AHEAD = 4
"""Steps that the causal network sees after the one it scores: 0.13 s."""

N_STEPS = 3000
WINDOW = 256
"""Steps in a training window: 8.5 s."""

_BATCH = 32
_AVERAGED_STEPS = 400
_LONGEST = 4000
"""Grid points from which a longer clip is drawn no more often."""


class TrainableNetwork(nn.Module):
    """`hemiscan.episodes.network.SpasmNetwork`, with gradients."""

    def __init__(self, *, causal: bool) -> None:
        super().__init__()
        self.look_ahead = LOOK_AHEAD if causal else None
        self.input_layer = nn.Conv1d(
            len(ANTISYMMETRIC_FEATURES) + len(SYMMETRIC_FEATURES), N_CHANNELS, 1
        )
        self.layers = nn.ModuleList(
            nn.Conv1d(N_CHANNELS, N_CHANNELS, N_TAPS, dilation=2**i) for i in range(N_LAYERS)
        )
        self.output_layer = nn.Conv1d(N_CHANNELS, 1, 1)
        self.drop = nn.Dropout1d(0.1)

    def forward(self, antisymmetric: torch.Tensor, symmetric: torch.Tensor) -> torch.Tensor:
        """Return the logits of both sides, shape (n_windows, n_points, 2)."""
        delay = self.look_ahead or 0
        as_left, as_right = (torch.cat([sign * antisymmetric, symmetric], 1) for sign in (1, -1))
        inputs = functional.pad(torch.cat([as_left, as_right]), (0, delay))
        signal = functional.relu(self.input_layer(inputs))
        for level, layer in enumerate(self.layers):
            span = 2**level * (N_TAPS - 1)
            before = span // 2 if self.look_ahead is None else span
            padded = functional.pad(signal, (before, span - before))
            signal = signal + self.drop(functional.relu(layer(padded)))
        left, right = self.output_layer(signal)[:, 0, delay:].chunk(2)
        return torch.stack([left, right], -1)


def train(
    examples: Sequence[Example], *, causal: bool, steps: int = N_STEPS, seed: int = 0
) -> TrainableNetwork:
    """Train one network.

    Parameters
    ----------
    examples : sequence of Example
        Windows are drawn from them, longer ones more often.
    causal : bool
        Whether the network may look ahead by `LOOK_AHEAD` steps only.
    steps : int
        Gradient steps.
    seed : int
        Of weights, windows and distortions.

    Returns
    -------
    TrainableNetwork
        The running average of the weights over the last steps.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = TrainableNetwork(causal=causal)
    averaged = copy.deepcopy(network).eval()
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 3e-3, total_steps=steps, pct_start=0.15
    )
    lengths = np.array(
        [min(len(example.antisymmetric), _LONGEST) for example in examples], dtype=float
    )
    chances = lengths / lengths.sum()
    for step in range(steps):
        drawn = rng.choice(len(examples), _BATCH, p=chances)
        windows = [_draw_window(examples[index], rng) for index in drawn]
        antisymmetric, symmetric, target, weight = (
            torch.from_numpy(np.stack(part)) for part in zip(*windows, strict=True)
        )
        # Half the time of float32 where the processor knows it; weights stay float32.
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = network(antisymmetric, symmetric)
        losses = functional.binary_cross_entropy_with_logits(
            logits.float(), target, reduction="none"
        )
        loss = (losses * weight[..., None]).sum() / (2 * weight.sum())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        since = step - steps // 3
        if since > 0:
            with torch.no_grad():
                for mean, now in zip(averaged.parameters(), network.parameters(), strict=True):
                    mean.lerp_(now, 1 / min(since, _AVERAGED_STEPS))
    return averaged


def to_numpy(network: TrainableNetwork) -> SpasmNetwork:
    """Return the network as hemiscan runs it."""

    def array(values: torch.Tensor) -> NDArray[np.float32]:
        return np.ascontiguousarray(values.detach().numpy())

    return SpasmNetwork(
        input_layer=array(network.input_layer.weight[:, :, 0]),
        input_bias=array(network.input_layer.bias),
        layers=tuple(array(layer.weight) for layer in network.layers),
        layer_biases=tuple(array(layer.bias) for layer in network.layers),
        output_layer=array(network.output_layer.weight[0, :, 0]),
        output_bias=network.output_layer.bias.item(),
        look_ahead=network.look_ahead,
    )


def _draw_window(example: Example, rng: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    """Cut a window and distort it: gain, mirror, offset, missing inputs."""
    n_points = len(example.antisymmetric)
    length = STEP_POINTS * WINDOW
    first = int(rng.integers(0, max(STEP_POINTS, n_points - length + 1)))
    rows = slice(first, min(n_points, first + length), STEP_POINTS)
    target = example.target[rows]
    mirror = 1.0 if rng.random() < 0.5 else -1.0
    if mirror < 0:
        target = target[:, ::-1]
    antisymmetric = _distort(example.antisymmetric[rows] * mirror, rng)
    symmetric = _distort(example.symmetric[rows], rng)
    return _pad(antisymmetric).T, _pad(symmetric).T, _pad(target), _pad(example.weight[rows])


def _distort(inputs: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    n_inputs = inputs.shape[1]
    gain = rng.uniform(0.75, 1.3)
    offset = rng.normal(0, 0.3, n_inputs)
    kept = rng.random(n_inputs) > 0.2 * rng.random()
    return ((inputs * gain + offset) * kept).astype(np.float32)


def _pad(values: NDArray[np.float32]) -> NDArray[np.float32]:
    missing = [(0, WINDOW - len(values))] + [(0, 0)] * (values.ndim - 1)
    return np.pad(values, missing)
