"""Writes the quantised graph of all-MiniLM-L6-v2: run as a module, in a process of its own.

A separate process because the build peaks at about 600 MB and needs the ``onnx`` package,
neither of which a long-lived server should carry afterwards.

    python -m agentgrid.creator_studio.rag.embeddings.minilm_build WEIGHTS TARGET
"""

import logging
import sys
import tempfile
from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic

from agentgrid.creator_studio.rag.embeddings import minilm_graph


def build(weights: Path, target: Path, *, quantised: bool = True) -> None:
    """Write the model at ``target``; a reader never sees half a file.

    ``per_channel`` and ``reduce_range`` are what keeps int8 lossless for ranking on
    machines without VNNI as well (the defaults cost a point of nDCG).
    """
    model = minilm_graph.build(minilm_graph.read_safetensors(weights))
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".building-") as folder:
        made = Path(folder) / target.name
        if quantised:
            quantize_dynamic(
                model,
                made,
                per_channel=True,
                reduce_range=True,
                weight_type=QuantType.QInt8,
                # The output types of ONNX Runtime's own operators can't be inferred.
                extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
            )
        else:
            onnx.save(model, made)
        made.replace(target)


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    build(Path(sys.argv[1]), Path(sys.argv[2]))
