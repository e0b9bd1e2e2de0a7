"""Builds ONNX graphs, runs them by onnx's reference and records what they give. By hand.

python -m tests.importers.record_onnx     # where onnx is
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from backstep.importers.networks.onnx_file import recorded_graph

RECORDED = Path(__file__).resolve().parent.parent / "data" / "importers" / "onnx.json"
DRAWN = np.random.default_rng(3)


def _weights(**shapes: tuple[int, ...]) -> list[Any]:
    found = []
    for name, shape in shapes.items():
        drawn = DRAWN.normal(size=shape)
        found.append(numpy_helper.from_array(np.abs(drawn) if name == "var" else drawn, name))
    return found


def _whole(**numbers: list[int]) -> list[Any]:
    return [numpy_helper.from_array(np.array(each), name) for name, each in numbers.items()]


def _graph(nodes: list[Any], held: list[Any], output: str, *shape: int) -> Any:
    given = helper.make_tensor_value_info("x", TensorProto.DOUBLE, list(shape))
    made = helper.make_tensor_value_info(output, TensorProto.DOUBLE, None)
    return helper.make_graph(nodes, "g", [given], [made], held)


def _mlp() -> Any:
    node = helper.make_node
    nodes = [
        node("Gemm", ["x", "w1", "b1"], ["h"], transB=1),
        node("Relu", ["h"], ["a"]),
        node("Gemm", ["a", "w2", "b2"], ["z"], transB=1),
        node("Softmax", ["z"], ["p"], axis=-1),
        node("Log", ["p"], ["q"]),
    ]
    return _graph(nodes, _weights(w1=(4, 3), b1=(4,), w2=(2, 4), b2=(2,)), "q", 2, 3)


def _cnn() -> Any:
    node = helper.make_node
    nodes = [
        node("Conv", ["x", "k", "c"], ["h"], pads=[1, 1, 1, 1], strides=[1, 1]),
        node("BatchNormalization", ["h", "gain", "bias", "mean", "var"], ["n"], epsilon=1e-4),
        node("LeakyRelu", ["n"], ["a"], alpha=0.125),
        node("MaxPool", ["a"], ["m"], kernel_shape=[2, 2], strides=[2, 2]),
        node("GlobalAveragePool", ["m"], ["g"]),
        node("Flatten", ["g"], ["f"]),
        node("MatMul", ["f", "w"], ["y"]),
    ]
    sizes = {"gain": (2,), "bias": (2,), "mean": (2,), "var": (2,)}
    return _graph(nodes, _weights(k=(2, 1, 3, 3), c=(2,), w=(2, 3), **sizes), "y", 2, 1, 4, 4)


def _attention() -> Any:
    node = helper.make_node
    held = _weights(w=(4, 12), gain=(4,), bias=(4,)) + _whole(last=[-1], shape=[0, -1], one=[1])
    nodes = [
        node("LayerNormalization", ["x", "gain", "bias"], ["n"], epsilon=1e-5),
        node("MatMul", ["n", "w"], ["qkv"]),
        node("Split", ["qkv"], ["q", "k", "v"], axis=-1, num_outputs=3),
        node("Transpose", ["k"], ["kt"], perm=[0, 2, 1]),
        node("MatMul", ["q", "kt"], ["s"]),
        node("Constant", [], ["two"], value=numpy_helper.from_array(np.array(2.0))),
        node("Div", ["s", "two"], ["t"]),
        node("Softmax", ["t"], ["p"]),
        node("MatMul", ["p", "v"], ["o"]),
        node("Add", ["o", "x"], ["r"]),
        node("ReduceMean", ["r", "one"], ["m"], keepdims=0),
        node("Unsqueeze", ["m", "one"], ["u"]),
        node("Reshape", ["u", "shape"], ["y"]),
    ]
    return _graph(nodes, held, "y", 1, 3, 4)


GRAPHS: Mapping[str, Any] = {"mlp": _mlp, "cnn": _cnn, "attention": _attention}


def told(name: str) -> dict[str, Any]:
    """A graph, an input for it, and the sum of what it gives."""
    graph = GRAPHS[name]()
    shape = [each.dim_value for each in graph.input[0].type.tensor_type.shape.dim]
    x = DRAWN.normal(size=shape)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])
    (output,) = ReferenceEvaluator(model).run(None, {"x": x})
    return {
        "graph": recorded_graph(graph, onnx).to_plain(),
        "x": x.tolist(),
        "loss": float(np.sum(output)),
    }


if __name__ == "__main__":
    lines = [f"{json.dumps(name)}: {json.dumps(told(name))}" for name in GRAPHS]
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n")
