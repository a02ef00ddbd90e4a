"""The learned detector's network, in plain numpy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from hemiscan._arrays import iterate_chunks
from hemiscan._npz import ArraySpec, NpzError, read_npz
from hemiscan.errors import ModelError

_MODELS = Path(__file__).parents[1] / "models"

WEIGHTS_PATH = _MODELS / "spasm_network.npz"
"""Looks two seconds back and two seconds ahead."""

CAUSAL_WEIGHTS_PATH = _MODELS / "spasm_network_causal.npz"
"""Looks four seconds back and hardly ahead: for use while the patient is filmed."""

STEP_POINTS = 2
"""Grid points in a network's step: each score looks at every second point around its own, 30 a
second, and there is one score for every point."""

_CHUNK_POINTS = 4096
"""Grid points scored at once: the activations of a chunk stay in cache."""


@dataclass(frozen=True, eq=False)
class SpasmNetwork:
    """A dilated convolution network that scores "is this side in spasm now".

    The one network serves both sides: it sees the antisymmetric features as they are for the
    left side and negated for the right side, so a mirror swaps the two scores exactly.

    Attributes
    ----------
    input_layer, input_bias : ndarray, shapes (n_channels, n_features), (n_channels,)
        First layer, applied to each point in time: antisymmetric features first, then
        symmetric ones.
    layers, layer_biases : tuple of ndarray, shapes (n_channels, n_channels, n_taps), (n_channels,)
        Convolutions over time with dilations of 1, 2, 4, ... steps, each added to what it
        is fed.
    output_layer, output_bias : ndarray, float
        Last layer, shape (n_channels,).
    look_ahead : int or None
        Steps after the scored point that a causal network sees; None for a network that
        looks as far ahead as back.
    confidence : ndarray, shape (5,), or None
        Coefficients of `compute_confidence`; None for a network without calibration.
    """

    input_layer: NDArray[np.float32]
    input_bias: NDArray[np.float32]
    layers: tuple[NDArray[np.float32], ...]
    layer_biases: tuple[NDArray[np.float32], ...]
    output_layer: NDArray[np.float32]
    output_bias: float
    look_ahead: int | None = None
    confidence: NDArray[np.float64] | None = None

    @property
    def receptive_field(self) -> tuple[int, int]:
        """Points before and after that a score depends on."""
        span = sum(2**level * (w.shape[2] - 1) for level, w in enumerate(self.layers))
        ahead = span // 2 if self.look_ahead is None else self.look_ahead
        return STEP_POINTS * (span - ahead), STEP_POINTS * ahead

    def score(
        self, antisymmetric: NDArray[np.float32], symmetric: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Score both sides at every point.

        Parameters
        ----------
        antisymmetric, symmetric : ndarray of float32, shape (n_points, n_features)
            See `DetectorFeatures`.

        Returns
        -------
        ndarray of float64, shape (n_points, 2)
            Left and right, 0 to 1.
        """
        # Chunks overlap by the receptive field, so that none of their edges shows.
        back, ahead = self.receptive_field
        scores = np.empty((len(symmetric), 2))
        for rows in iterate_chunks(len(symmetric), _CHUNK_POINTS):
            first, last = max(0, rows.start - back), min(len(symmetric), rows.stop + ahead)
            for side, sign in enumerate((1, -1)):
                logits = self.side_logits(sign * antisymmetric[first:last], symmetric[first:last])
                logits = logits[rows.start - first : rows.stop - first]
                scores[rows, side] = expit(logits.astype(np.float64))
        return scores

    def side_logits(
        self, antisymmetric: NDArray[np.float32], symmetric: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return the log odds that the left side is in spasm, shape (n_points,).

        For those of the right side negate the antisymmetric features.
        """
        # A causal network speaks of a point only when it has seen what is just ahead of it.
        delay = STEP_POINTS * (self.look_ahead or 0)
        inputs = np.pad(np.vstack([antisymmetric.T, symmetric.T]), ((0, 0), (0, delay)))
        signal = _rectify(self.input_layer @ inputs, self.input_bias)
        for level, (weights, bias) in enumerate(zip(self.layers, self.layer_biases, strict=True)):
            dilation = STEP_POINTS * 2**level
            pulled = _convolve(signal, weights, dilation, causal=self.look_ahead is not None)
            signal += _rectify(pulled, bias)
        logits: NDArray[np.float32] = self.output_layer @ signal + np.float32(self.output_bias)
        return logits[delay:]


_MAX_LAYERS = 32
_SPECS = {
    "input_layer": ArraySpec(np.float32, ("n_channels", "n_inputs")),
    "input_bias": ArraySpec(np.float32, ("n_channels",)),
    "output_layer": ArraySpec(np.float32, ("n_channels",)),
    "output_bias": ArraySpec(np.float32),
    "look_ahead": ArraySpec(np.int64, is_optional=True),
    "confidence": ArraySpec(np.float64, ("n_coefficients",), is_optional=True),
}
for _i in range(_MAX_LAYERS):
    _shape = ("n_channels", "n_channels", "n_taps")
    _SPECS[f"layer_{_i}"] = ArraySpec(np.float32, _shape, is_optional=True)
    _SPECS[f"layer_bias_{_i}"] = ArraySpec(np.float32, ("n_channels",), is_optional=True)


@cache
def load_network(path: Path = WEIGHTS_PATH) -> SpasmNetwork:
    """Read the weights that training wrote; see ``models/README.md``.

    Raises
    ------
    ModelError
        If the file is missing, damaged or holds no such weights.
    """
    try:
        stored = read_npz(path, _SPECS)
    except (OSError, NpzError) as error:
        raise ModelError(f"{path}: the weights cannot be read ({error})") from error
    n_layers = sum(name.startswith("layer_bias") for name in stored)
    return SpasmNetwork(
        input_layer=stored["input_layer"],
        input_bias=stored["input_bias"],
        layers=tuple(stored[f"layer_{i}"] for i in range(n_layers)),
        layer_biases=tuple(stored[f"layer_bias_{i}"] for i in range(n_layers)),
        output_layer=stored["output_layer"],
        output_bias=float(stored["output_bias"]),
        look_ahead=int(stored["look_ahead"]) if "look_ahead" in stored else None,
        confidence=stored.get("confidence"),
    )


def save_network(network: SpasmNetwork, path: Path) -> None:
    """Write weights as `load_network` reads them."""
    arrays: dict[str, NDArray[np.generic]] = {
        "input_layer": network.input_layer,
        "input_bias": network.input_bias,
        "output_layer": network.output_layer,
        "output_bias": np.array(network.output_bias, dtype=np.float32),
    }
    for index, (layer, bias) in enumerate(zip(network.layers, network.layer_biases, strict=True)):
        arrays[f"layer_{index}"] = layer
        arrays[f"layer_bias_{index}"] = bias
    if network.look_ahead is not None:
        arrays["look_ahead"] = np.array(network.look_ahead)
    if network.confidence is not None:
        arrays["confidence"] = network.confidence
    np.savez(path, **arrays)  # type: ignore[arg-type]


def _convolve(
    signal: NDArray[np.float32], weights: NDArray[np.float32], dilation: int, *, causal: bool
) -> NDArray[np.float32]:
    """Convolve over time with zeros beyond the ends, shape (n_channels, n_points)."""
    n_channels, _, n_taps = weights.shape
    n_points = signal.shape[1]
    span = dilation * (n_taps - 1)
    before = span if causal else span // 2
    padded = np.zeros((n_channels, n_points + span), dtype=np.float32)
    padded[:, before : before + n_points] = signal
    result = weights[:, :, 0] @ padded[:, :n_points]
    pulled = np.empty_like(result)
    for tap in range(1, n_taps):
        shifted = padded[:, tap * dilation : tap * dilation + n_points]
        result += np.matmul(weights[:, :, tap], shifted, out=pulled)
    return result


def _rectify(signal: NDArray[np.float32], bias: NDArray[np.float32]) -> NDArray[np.float32]:
    """Add the bias to a signal and set what is negative to 0, in place."""
    signal += bias[:, None]
    return np.maximum(signal, 0, out=signal)
