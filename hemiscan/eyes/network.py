"""The lid network, in plain numpy: crops of one eye in, lid opening and its uncertainty out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hemiscan._npz import ArraySpec, NpzError, read_npz
from hemiscan.errors import ModelError

WEIGHTS_PATH = Path(__file__).parents[1] / "models" / "lid_network.npz"

CONTRAST_FLOOR = 8.0
"""Grey levels added to a crop's standard deviation, so that noise alone is not stretched."""

OPENING_SCALE = 0.4
"""The opening is this times the softplus of the network's first output."""

LOG_UNCERTAINTY_RANGE = (-6.0, 1.0)


@dataclass(frozen=True, eq=False)
class LidNetwork:
    """A convolution network of three strided layers and two dense ones.

    Attributes
    ----------
    kernels, biases : tuple of ndarray, shapes (9 * n_in, n_out), (n_out,)
        3 x 3 convolutions of stride 2, zero-padded by one pixel; rows of a kernel run over
        its rows, its columns, then the channels.
    hidden, hidden_bias : ndarray, shapes (n_flat, n_hidden), (n_hidden,)
    output, output_bias : ndarray, shapes (n_hidden, 2), (2,)
    """

    kernels: tuple[NDArray[np.float32], ...]
    biases: tuple[NDArray[np.float32], ...]
    hidden: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: NDArray[np.float32]

    def measure(self, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Measure the lid opening in crops of eyes.

        Parameters
        ----------
        crops : ndarray of uint8, shape (n_eyes, rows, columns)
            From `crop_eyes`. Each eye is measured by itself.

        Returns
        -------
        opening : ndarray of float32, shape (n_eyes,)
            Height of the lid opening in eye widths.
        uncertainty : ndarray of float32, shape (n_eyes,)
            Mean absolute error to be expected, in the same unit.
        """
        signal = crops.astype(np.float32)
        flat = signal.reshape(len(crops), -1)
        mean = flat.mean(axis=1)
        # The sample deviation, as in training.
        spread = flat.std(axis=1, ddof=1) + np.float32(CONTRAST_FLOOR)
        signal -= mean[:, None, None]
        signal /= spread[:, None, None]
        signal = signal[..., None]
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            signal = _convolve(signal, kernel, bias)
        # One eye at a time: the answer for an eye must not depend on the other one, not
        # even by the order in which a matrix product adds up.
        features = signal.reshape(len(crops), 1, -1)
        hidden = np.maximum(features @ self.hidden + self.hidden_bias, 0)
        raw = (hidden @ self.output + self.output_bias)[:, 0]
        opening = np.float32(OPENING_SCALE) * np.logaddexp(raw[:, 0], np.float32(0))
        uncertainty = np.exp(np.clip(raw[:, 1], *LOG_UNCERTAINTY_RANGE))
        return opening, uncertainty


def _convolve(
    signal: NDArray[np.float32], kernel: NDArray[np.float32], bias: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Convolve 3 x 3 with stride 2 and padding 1, then rectify; shape (n, rows, columns, c)."""
    n_images, rows, columns, channels = signal.shape
    padded = np.zeros((n_images, rows + 2, columns + 2, channels), np.float32)
    padded[:, 1:-1, 1:-1] = signal
    height, width = (rows + 1) // 2, (columns + 1) // 2
    patches = np.empty((n_images, height, width, 9, channels), np.float32)
    for place in range(9):
        down, right = divmod(place, 3)
        patches[..., place, :] = padded[
            :, down : down + 2 * height - 1 : 2, right : right + 2 * width - 1 : 2
        ]
    flat = patches.reshape(n_images, height * width, 9 * channels)
    result = flat @ kernel
    result += bias
    np.maximum(result, 0, out=result)
    return result.reshape(n_images, height, width, -1)


_N_LAYERS = 3
_SPECS = {
    "hidden": ArraySpec(np.float32, ("n_flat", "n_hidden")),
    "hidden_bias": ArraySpec(np.float32, ("n_hidden",)),
    "output": ArraySpec(np.float32, ("n_hidden", 2)),
    "output_bias": ArraySpec(np.float32, (2,)),
}
for _i in range(_N_LAYERS):
    _SPECS[f"kernel_{_i}"] = ArraySpec(np.float32, (f"n_in_{_i}", f"n_out_{_i}"))
    _SPECS[f"bias_{_i}"] = ArraySpec(np.float32, (f"n_out_{_i}",))


@cache
def load_lid_network(path: Path = WEIGHTS_PATH) -> LidNetwork:
    """Read the packaged weights; see ``models/README.md``.

    Raises
    ------
    ModelError
        If the file is missing, damaged or holds no such weights.
    """
    try:
        stored = read_npz(path, _SPECS)
    except (OSError, NpzError) as error:
        raise ModelError(f"{path}: the weights cannot be read ({error})") from error
    return LidNetwork(
        kernels=tuple(stored[f"kernel_{i}"] for i in range(_N_LAYERS)),
        biases=tuple(stored[f"bias_{i}"] for i in range(_N_LAYERS)),
        hidden=stored["hidden"],
        hidden_bias=stored["hidden_bias"],
        output=stored["output"],
        output_bias=stored["output_bias"],
    )
