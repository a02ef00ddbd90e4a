"""``python -m benchmarks.models.pruned_pose_network NETWORK``: the pose network, points only.

Makes ``hemiscan/models/pose_landmarks_pruned.tflite`` from mediapipe's
``pose_landmark_full.tflite``. That network also draws the person's outline in full resolution and
gives points in metres; hemiscan uses neither. The operators that only they need are left out; the
rest is Google's, unchanged, and so are the remaining outputs, to the bit.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from hemiscan.models import packaged_model_path
from hemiscan.models.bundle import POSE_NETWORK

KEPT_OUTPUTS = (0, 1, 3)
"""The points in the crop, the presence score, and the heat maps of the points."""


def prune_outputs(content: bytes, kept: Sequence[int] = KEPT_OUTPUTS) -> bytes:
    """Return a network with some of its outputs, and what they need, alone."""
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    (graph,) = model.subgraphs
    graph.outputs = np.array([graph.outputs[number] for number in kept], dtype=np.int32)
    needed = set(graph.outputs.tolist())
    operators: list[Any] = []
    for operator in reversed(graph.operators):  # sorted, so that what is needed is known
        if needed & {int(output) for output in operator.outputs}:
            operators.insert(0, operator)
            needed |= {int(source) for source in operator.inputs}
    graph.operators = operators
    _drop_unused(model, graph, needed | set(graph.inputs.tolist()))
    model.signatureDefs = []
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def _drop_unused(model: Any, graph: Any, needed: set[int]) -> None:
    """Leave out tensors, and the content of buffers, that no operator is left to read."""
    numbers = {old: new for new, old in enumerate(sorted(needed - {-1}))} | {-1: -1}
    graph.tensors = [graph.tensors[old] for old in numbers if old >= 0]

    def renumber(places: Any) -> Any:
        return np.array([numbers[int(place)] for place in places], dtype=np.int32)

    graph.inputs, graph.outputs = renumber(graph.inputs), renumber(graph.outputs)
    for operator in graph.operators:
        operator.inputs, operator.outputs = renumber(operator.inputs), renumber(operator.outputs)
    used = {tensor.buffer for tensor in graph.tensors}
    for number, buffer in enumerate(model.buffers):
        if number not in used and not any(meta.buffer == number for meta in model.metadata or []):
            buffer.data = None


def main(argv: Sequence[str] | None = None) -> None:
    """Write the pruned network into the package."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("network", type=Path, help="pose_landmark_full.tflite")
    content = prune_outputs(parser.parse_args(argv).network.read_bytes())
    packaged_model_path().with_name(POSE_NETWORK).write_bytes(content)


if __name__ == "__main__":
    main()
