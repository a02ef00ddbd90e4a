"""``python -m benchmarks.models.wide_landmark_network``: the landmark network, its PRELUs faster.

Makes ``hemiscan/models/face_landmarks_detector_wide.tflite`` from the landmark network in the
packaged Face Landmarker bundle. The slopes of its PRELU operators, one for each channel and of
shape (1, 1, C), are repeated along the width of what they are applied to, shape (1, W, C). The
result is the same to the bit, but XNNPACK, which runs the network, then has inner loops of W * C
instead of C numbers. The weights are Google's, unchanged.
"""

from __future__ import annotations

from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from hemiscan.models import load_bundle, packaged_model_path
from hemiscan.models.bundle import LANDMARK_NETWORK, WIDE_LANDMARK_NETWORK


def widen_slopes(content: bytes) -> bytes:
    """Return a network with the slopes of its PRELUs repeated along the width."""
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    (graph,) = model.subgraphs
    codes = [code.builtinCode for code in model.operatorCodes]
    maker = {output: operator for operator in graph.operators for output in operator.outputs}
    for operator in graph.operators:
        if codes[operator.opcodeIndex] == schema.BuiltinOperator.PRELU:
            features, slopes = operator.inputs
            width = int(graph.tensors[features].shape[2])
            # The slopes are stored as float16 and converted by an operator of their own.
            (stored,) = maker[slopes].inputs
            _repeat(model, graph.tensors[stored], width)
            graph.tensors[slopes].shape = graph.tensors[stored].shape
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def _repeat(model: Any, tensor: Any, width: int) -> None:
    one, _, n_channels = (int(length) for length in tensor.shape)
    buffer = model.buffers[tensor.buffer]
    slopes = np.asarray(buffer.data, dtype=np.uint8).view(np.float16).reshape(1, 1, n_channels)
    buffer.data = np.repeat(slopes, width, axis=1).reshape(-1).view(np.uint8)
    tensor.shape = np.array([one, width, n_channels], dtype=np.int32)


if __name__ == "__main__":
    network = load_bundle(packaged_model_path()).networks[LANDMARK_NETWORK]
    packaged_model_path().with_name(WIDE_LANDMARK_NETWORK).write_bytes(widen_slopes(network))
