"""A trained model as ONNX, for other programs and the browser.

Inputs: `lightness` float32 (N, 1, H, W), L in 0…100, H and W multiples of 8;
`temperature`, a float32 scalar in (0, 1]; and `rebalance`, a float32 scalar, the τ of
`decoding`, for a model whose file has class weights. Outputs: `ab` (N, 2, H/4, W/4) in Lab units and
`logits` (N, Q, H/4, W/4), the network's, from which ab at another temperature or τ follows
without a second run. A network trained for regression has no logits, and no input but L.

ab is to be joined with the photograph's L as `photographs` does: enlarged as in
`decoding.enlarge`, and made paler where sRGB has no such colour (`cielab.into_gamut`).
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from jaxtyping import Float, Float32
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.export import Dim

from colorization.inference.model_file import Model
from colorization.inference.predict import predictor
from colorization.method.decoding import (
    Decoding,
    annealed_mean,
    log_weights,
    rebalanced,
)
from colorization.method.loss import AB_SCALE
from colorization.runtime.files import atomic
from colorization.runtime.json_file import Stored
from colorization.runtime.log import StageError

OPSET = 20
CPU = torch.device("cpu")
# L to ab in Lab units, and logits if it has any.
RunModel = Callable[
    [Float32[np.ndarray, "N 1 H W"], Decoding],
    tuple[Float[Tensor, "N 2 h w"], Float[Tensor, "N Q h w"] | None],
]


class Quality(Stored):
    """Metrics of the half-precision model, as `quality` gives them."""

    fp16: dict[str, float]


class Report(Stored):
    """What is read of export.json."""

    quality: Quality


class _Classifier(nn.Module):
    """Network and annealed mean, with the temperature as a tensor."""

    bins: Float[Tensor, "Q 2"]

    def __init__(self, model: Model):
        super().__init__()
        self.network = model.network
        self.register_buffer("bins", torch.from_numpy(model.bins))

    def forward(
        self, lightness: Float[Tensor, "N 1 H W"], temperature: Float[Tensor, ""]
    ) -> tuple[Float[Tensor, "N 2 h w"], Float[Tensor, "N Q h w"]]:
        logits = self.network(lightness)
        return annealed_mean(logits, self.bins, temperature), logits


class _Rebalancing(nn.Module):
    """The same with class weights, and τ as a tensor."""

    bins: Float[Tensor, "Q 2"]
    log_w: Float[Tensor, " Q"]

    def __init__(self, model: Model):
        super().__init__()
        assert model.weights is not None
        self.network = model.network
        self.register_buffer("bins", torch.from_numpy(model.bins))
        self.register_buffer("log_w", log_weights(model.weights))

    def forward(
        self,
        lightness: Float[Tensor, "N 1 H W"],
        temperature: Float[Tensor, ""],
        rebalance: Float[Tensor, ""],
    ) -> tuple[Float[Tensor, "N 2 h w"], Float[Tensor, "N Q h w"]]:
        logits = self.network(lightness)
        scores = rebalanced(logits, self.log_w, rebalance)
        return annealed_mean(scores, self.bins, temperature), logits


class _Regressor(nn.Module):
    """Network whose output is ab, in Lab units."""

    def __init__(self, model: Model):
        super().__init__()
        self.network = model.network

    def forward(self, lightness: Float[Tensor, "N 1 H W"]) -> Float[Tensor, "N 2 h w"]:
        return self.network(lightness) * AB_SCALE


def to_onnx(model: Model, metadata: dict[str, Any]) -> onnx.ModelProto:
    """The model's graph; `metadata` (JSON values) goes into its metadata_props.

    The same model and metadata give the same bytes.
    """
    inputs, outputs = ["lightness", "temperature", "rebalance"], ["ab", "logits"]
    # Two scalars: one object in two places would be exported as one input.
    scalars = torch.tensor(1.0), torch.tensor(1.0)
    example, module = (torch.full((2, 1, 32, 40), 50.0), *scalars), _Rebalancing
    if model.weights is None:
        example, module = example[:2], _Classifier
    if model.regression:
        example, module, outputs = example[:1], _Regressor, outputs[:1]
    free = {0: Dim("n"), 2: 8 * Dim("h", max=2048), 3: 8 * Dim("w", max=2048)}
    program = torch.onnx.export(
        module(model).eval(),
        example,
        dynamo=True,
        verbose=False,
        opset_version=OPSET,
        input_names=inputs[: len(example)],
        output_names=outputs,
        dynamic_shapes=(free, None, None)[: len(example)],
    )
    assert program is not None  # as dynamo is set
    return _with_metadata(program.model_proto, metadata)


def _with_metadata(proto: onnx.ModelProto, metadata: dict[str, Any]) -> onnx.ModelProto:
    """Replace the exporter's notes (lines of code, random names) by `metadata`."""
    graph = proto.graph
    for message in (proto, graph, *graph.node, *graph.input, *graph.output):
        del message.metadata_props[:]
    del graph.value_info[:]
    for tensor in graph.initializer:
        del tensor.metadata_props[:]
    for value in graph.output:
        for axis, name in {0: "n", 2: "2*h", 3: "2*w"}.items():
            value.type.tensor_type.shape.dim[axis].dim_param = name
    texts = {key: json.dumps(value) for key, value in sorted(metadata.items())}
    helper.set_model_props(proto, texts)
    onnx.checker.check_model(proto)
    return proto


def with_half_weights(proto: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with its kernels stored as float16, in half the bytes.

    They are cast to float32 when the model is loaded and all arithmetic stays float32, so
    it is as fast, and works on processors without float16.
    """
    proto = onnx.ModelProto.FromString(proto.SerializeToString())
    casts = []
    for tensor in proto.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and len(tensor.dims) == 4:
            name = tensor.name
            half = numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
            cast = helper.make_node("Cast", [tensor.name], [name], to=TensorProto.FLOAT)
            casts.append(cast)
    nodes = [*casts, *proto.graph.node]
    del proto.graph.node[:]
    proto.graph.node.extend(nodes)
    onnx.checker.check_model(proto)
    return proto


def save(proto: onnx.ModelProto, path: Path | str) -> None:
    """Write one self-contained file, atomically."""
    with atomic(path) as temporary:
        temporary.write_bytes(proto.SerializeToString(deterministic=True))


def read_metadata(path: Path | str) -> dict[str, Any]:
    """The metadata that `to_onnx` put into a model. Raises StageError."""
    try:
        entries = {p.key: json.loads(p.value) for p in onnx.load(path).metadata_props}
        return entries | dict(bins=entries["bins"])
    except Exception as error:  # protobuf's errors are of many classes
        raise StageError(f"{path}: not a model of this pipeline: {error}") from None


def in_pytorch(model: Model) -> RunModel:
    """The model as the other stages run it, in float32 on the CPU."""

    @torch.no_grad()
    def run(
        lightness: Float32[np.ndarray, "N 1 H W"], decoding: Decoding
    ) -> tuple[Float[Tensor, "N 2 h w"], Float[Tensor, "N Q h w"] | None]:
        predict = predictor(model, decoding, "float32", CPU)
        return predict(torch.from_numpy(lightness))

    return run


def in_onnxruntime(path: Path | str) -> RunModel:
    """A model file, in onnxruntime on the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(
        path, options, providers=["CPUExecutionProvider"]
    )
    names = {entry.name for entry in session.get_inputs()}

    def run(
        lightness: Float32[np.ndarray, "N 1 H W"], decoding: Decoding
    ) -> tuple[Float[Tensor, "N 2 h w"], Float[Tensor, "N Q h w"] | None]:
        values = dict(lightness=lightness) | decoding._asdict()
        inputs = {name: np.asarray(values[name], np.float32) for name in names}
        ab, *logits = map(torch.from_numpy, session.run(None, inputs))
        return ab, logits[0] if logits else None

    return run
