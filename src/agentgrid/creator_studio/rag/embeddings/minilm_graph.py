"""Builds the ONNX graph of all-MiniLM-L6-v2 from its published weights.

The weights ship as one safetensors file. Building the graph here with ``onnx`` alone
keeps PyTorch (gigabytes) out of the installation. Pooling and normalisation are part of
the graph, so a session maps token ids straight to unit vectors.

The Attention node is ONNX Runtime's own operator (domain ``com.microsoft``): one fused
kernel for the projections, the masked softmax and the weighted sum, and the form that
its quantiser turns into ``QAttention``.
"""

import json
import struct
from pathlib import Path
from typing import cast

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

LAYERS = 6
HEADS = 12
EPSILON = 1e-12
CONTRIB = "com.microsoft"

Weights = dict[str, NDArray[np.float32]]


def read_safetensors(path: Path) -> Weights:
    """Return the float32 tensors of a safetensors file.

    Format: eight bytes little-endian header length, a JSON header, then the raw data.
    """
    data = path.read_bytes()
    (header_length,) = struct.unpack("<Q", data[:8])
    header = cast("dict[str, dict[str, object]]", json.loads(data[8 : 8 + header_length].decode()))
    weights: Weights = {}
    for name, entry in header.items():
        if entry.get("dtype") != "F32":
            continue
        start, end = cast("list[int]", entry["data_offsets"])
        raw = np.frombuffer(data[8 + header_length + start : 8 + header_length + end], np.float32)
        weights[name] = raw.reshape(cast("list[int]", entry["shape"]))
    return weights


class _Graph:
    """Collects nodes and initialisers under readable names."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.initialisers: list[TensorProto] = []

    def constant(self, name: str, value: NDArray[np.float32] | NDArray[np.int64]) -> str:
        self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(
        self,
        operator: str,
        inputs: list[str],
        output: str,
        *,
        domain: str = "",
        **attributes: float | int | str,
    ) -> str:
        node = helper.make_node(operator, inputs, [output], output, domain=domain)
        node.attribute.extend(
            helper.make_attribute(name, value) for name, value in attributes.items()
        )
        self.nodes.append(node)
        return output


def build(weights: Weights) -> onnx.ModelProto:
    """Return the float32 model: (input_ids, attention_mask) -> sentence_embedding."""
    graph = _Graph()
    hidden = _embeddings(graph, weights)
    for layer in range(LAYERS):
        hidden = _layer(graph, weights, layer, hidden)
    _pooling(graph, hidden)
    inputs = [
        helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"]),
        helper.make_tensor_value_info("attention_mask", TensorProto.INT32, ["batch", "tokens"]),
    ]
    outputs = [
        helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["batch", 384])
    ]
    return helper.make_model(
        helper.make_graph(graph.nodes, "all-MiniLM-L6-v2", inputs, outputs, graph.initialisers),
        opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid(CONTRIB, 1)],
        ir_version=10,
    )


def _embeddings(graph: _Graph, weights: Weights) -> str:
    words = graph.constant("words", weights["embeddings.word_embeddings.weight"])
    # Every token is of type 0 here, so that row is part of the position table.
    table = (
        weights["embeddings.position_embeddings.weight"]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    positions = graph.constant("positions", table)
    zero = graph.constant("zero", np.array([0], np.int64))
    one = graph.constant("one", np.array([1], np.int64))
    shape = graph.add("Shape", ["input_ids"], "ids_shape")
    length = graph.add("Gather", [shape, one], "length", axis=0)
    used = graph.add("Slice", [positions, zero, length, zero], "used_positions")
    looked_up = graph.add("Gather", [words, "input_ids"], "looked_up")
    summed = graph.add("Add", [looked_up, used], "summed")
    return _layer_norm(graph, weights, "embeddings.LayerNorm", summed, "embedded")


def _layer_norm(graph: _Graph, weights: Weights, prefix: str, source: str, output: str) -> str:
    scale = graph.constant(f"{output}.scale", weights[f"{prefix}.weight"])
    shift = graph.constant(f"{output}.shift", weights[f"{prefix}.bias"])
    return graph.add("LayerNormalization", [source, scale, shift], output, axis=-1, epsilon=EPSILON)


def _dense(graph: _Graph, weights: Weights, prefix: str, source: str, output: str) -> str:
    kernel = graph.constant(f"{output}.kernel", weights[f"{prefix}.weight"].T)
    bias = graph.constant(f"{output}.bias", weights[f"{prefix}.bias"])
    product = graph.add("MatMul", [source, kernel], f"{output}.product")
    return graph.add("Add", [product, bias], output)


def _layer(graph: _Graph, weights: Weights, layer: int, hidden: str) -> str:
    prefix = f"encoder.layer.{layer}"
    here = f"layer{layer}"
    heads = [f"{prefix}.attention.self.{part}" for part in ("query", "key", "value")]
    kernel = np.concatenate([weights[f"{name}.weight"].T for name in heads], axis=1)
    bias = np.concatenate([weights[f"{name}.bias"] for name in heads])
    inputs = [
        hidden,
        graph.constant(f"{here}.qkv.kernel", kernel),
        graph.constant(f"{here}.qkv.bias", bias),
        "attention_mask",
    ]
    attended = graph.add("Attention", inputs, f"{here}.attended", domain=CONTRIB, num_heads=HEADS)
    projected = _dense(
        graph, weights, f"{prefix}.attention.output.dense", attended, f"{here}.projected"
    )
    first = graph.add("Add", [projected, hidden], f"{here}.first")
    middle = _layer_norm(
        graph, weights, f"{prefix}.attention.output.LayerNorm", first, f"{here}.middle"
    )
    wide = _dense(graph, weights, f"{prefix}.intermediate.dense", middle, f"{here}.wide")
    active = graph.add("Gelu", [wide], f"{here}.active")
    narrow = _dense(graph, weights, f"{prefix}.output.dense", active, f"{here}.narrow")
    second = graph.add("Add", [narrow, middle], f"{here}.second")
    return _layer_norm(graph, weights, f"{prefix}.output.LayerNorm", second, f"{here}.out")


def _pooling(graph: _Graph, hidden: str) -> None:
    last = graph.constant("last_axis", np.array([2], np.int64))
    tokens = graph.constant("token_axis", np.array([1], np.int64))
    mask = graph.add("Cast", ["attention_mask"], "mask", to=int(TensorProto.FLOAT))
    weight = graph.add("Unsqueeze", [mask, last], "weight")
    kept = graph.add("Mul", [hidden, weight], "kept")
    total = graph.add("ReduceSum", [kept, tokens], "total", keepdims=0)
    # The mean's divisor cancels in the normalisation, so the sum is enough.
    graph.add("LpNormalization", [total], "sentence_embedding", axis=-1, p=2)
