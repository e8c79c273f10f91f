"""A GPU that is not there: tensors that say they are on it, with values on the CPU.

Code runs as it would on the device, and the results are real. What a real device would
refuse is refused: an operation on tensors of two devices, by the rules of torch's own
FakeTensorMode; one without a deterministic way there, where such ways are asked for; and on
MPS, float64. Where the host would wait for the device is noted.
"""

import traceback
from contextlib import ExitStack
from unittest import mock

import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

aten = torch.ops.aten
# What raises an error if deterministic algorithms are asked for, of all that torch lists
# (torch.use_deterministic_algorithms), as far as it has operators of its own.
NOT_DETERMINISTIC = {
    "cuda": {
        *(aten.avg_pool3d_backward, aten._adaptive_avg_pool2d_backward),
        *(aten._adaptive_avg_pool3d_backward, aten.adaptive_max_pool2d_backward),
        *(aten.fractional_max_pool2d_backward, aten.fractional_max_pool3d_backward),
        *(aten.max_unpool2d, aten.max_unpool3d, aten.upsample_linear1d_backward),
        *(aten.upsample_bilinear2d_backward, aten.upsample_bicubic2d_backward),
        *(aten._upsample_bilinear2d_aa_backward, aten._upsample_bicubic2d_aa_backward),
        *(aten.upsample_trilinear3d_backward, aten.reflection_pad1d_backward),
        *(aten.reflection_pad2d_backward, aten.reflection_pad3d_backward),
        *(aten.nll_loss2d_forward, aten._ctc_loss_backward, aten.put_, aten.put),
        *(aten.histc, aten.median, aten.kthvalue, aten.grid_sampler_2d_backward),
        *(aten.grid_sampler_3d_backward, aten.scatter_reduce, aten.scatter_reduce_),
    },
    # Sums of what comes in any order: https://github.com/pytorch/pytorch/pull/195754
    "mps": {
        *(aten.scatter_add, aten.scatter_add_, aten.scatter_reduce, aten.index_add),
        *(aten.scatter_reduce_, aten.index_add_, aten.index_reduce, aten.put_),
        *(aten.grid_sampler_2d_backward, aten.upsample_bilinear2d_backward),
        *(aten._upsample_bilinear2d_aa_backward, aten.upsample_bicubic2d_backward),
        *(aten._adaptive_avg_pool2d_backward, aten.adaptive_max_pool2d_backward),
        *(aten.avg_pool2d_backward, aten.max_pool2d_with_indices_backward),
        *(aten.histc, aten.bincount),
    },
}
INDEXED = {aten.index, aten._unsafe_index, aten.index_put, aten.index_put_}
INDEXED |= {aten._index_put_impl_, aten._unsafe_index_put}
# The host needs the values, or the shape follows from them.
WAITED_FOR = {torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape}
RULES = FakeTensorMode()


class DeviceTensor(torch.Tensor):
    """For torch's C++ it is on the CPU, for Python on `device`."""

    values: torch.Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, values, device):
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            values.size(),
            strides=values.stride(),
            storage_offset=values.storage_offset(),
            dtype=values.dtype,
        )
        made.values, made.place = values.detach(), device
        return made

    @property
    def device(self):
        return self.place

    @property
    def is_cuda(self):
        return self.place.type == "cuda"

    @property
    def is_mps(self):
        return self.place.type == "mps"

    def __reduce_ex__(self, protocol):
        return DeviceTensor, (self.values, self.place)

    def __repr__(self):
        return f"DeviceTensor({self.values}, {self.place})"

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        kwargs, wrappers = kwargs or {}, {}

        def unwrap(value):
            if not isinstance(value, DeviceTensor):
                return value
            wrappers[id(value.values)] = value
            return value.values

        with torch._C.DisableTorchFunction():
            device = FakeDevice.current.device_of_result(func, args, kwargs)
            result = func(*tree_map(unwrap, args), **tree_map(unwrap, kwargs))

        def wrap(value):
            if not isinstance(value, torch.Tensor) or device is None:
                return value
            known = wrappers.get(id(value))  # changed in place
            return FakeDevice.current.put(value) if known is None else known

        return tree_map(wrap, result)


class _OnDevice(TorchDispatchMode):
    """Makes tensors on the device where they are asked for by their device."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs, fake = kwargs or {}, FakeDevice.current
        wish = kwargs.get("device")
        if wish is None or wish.type != fake.device.type:
            return func(*args, **kwargs)
        made = func(*args, **kwargs | dict(device=torch.device("cpu")))
        if isinstance(made, DeviceTensor):
            return made
        if any(isinstance(part, torch.Tensor) for part in args):
            fake.wait()  # values come from the host
        return fake.put(made)


class FakeDevice(TorchFunctionMode):
    """While it is entered, torch has one device of a kind, `cuda` or `mps`."""

    current: "FakeDevice"

    def __init__(self, kind: str):
        super().__init__()
        self.device = torch.device(kind, 0)
        # Where the host waited for the device: the last lines of the project.
        self.waits: list[str] = []

    def __enter__(self):
        FakeDevice.current, self._patches = self, ExitStack()
        kind, autocast = self.device.type, torch.autocast
        # On the CPU, where the values are, numbers have the formats that they would have.
        patches = {"autocast": lambda _, *a, **kw: autocast("cpu", *a, **kw)}
        # A module gets new parameters, as it does on another device.
        patches |= {
            "__future__.get_overwrite_module_params_on_conversion": lambda: True
        }
        for name, there in (("cuda", kind == "cuda"), ("mps", kind == "mps")):
            patches[f"{name}.is_available"] = lambda there=there: there
            patches[f"{name}.device_count"] = lambda there=there: int(there)
        patches |= {"backends.mps.is_available": patches["mps.is_available"]}
        patches |= {"cuda.set_device": lambda device: None}
        patches |= {"cuda.is_bf16_supported": lambda **_: True}
        patches |= {"cuda.get_device_name": lambda device: "no real device"}
        patches |= {"cuda._lazy_init": lambda: None}
        check = "optim.Optimizer._accelerator_graph_capture_health_check"
        patches |= {check: lambda self: None}
        for name, stand_in in patches.items():
            self._patches.enter_context(mock.patch(f"torch.{name}", stand_in))
        self._patches.enter_context(_OnDevice())
        return super().__enter__()

    def __exit__(self, *error):
        super().__exit__(*error)
        self._patches.close()

    def put(self, values: torch.Tensor) -> DeviceTensor:
        """A tensor on the device."""
        if self.device.type == "mps" and values.dtype == torch.float64:
            raise TypeError("MPS has no float64")
        return DeviceTensor(values, self.device)

    def wait(self) -> None:
        """Note that the host waits for the device."""
        lines = [f for f in traceback.extract_stack() if "/colorization/" in f.filename]
        self.waits.append(f"{lines[-1].filename}: {lines[-1].line}" if lines else "?")

    def device_of_result(self, func, args, kwargs) -> torch.device | None:
        """Where the result is, None for the host. Raises what the device would raise."""
        packet, kind = func.overloadpacket, self.device.type
        strict = torch.are_deterministic_algorithms_enabled()
        weighted = packet is aten.bincount and args[1:2] not in ((), (None,))
        added = kind == "mps" and packet in INDEXED and args[3:4] == (True,)
        if strict and (packet in NOT_DETERMINISTIC[kind] or weighted or added):
            raise RuntimeError(f"{func} has no deterministic implementation on {kind}")
        if packet is aten.copy_:
            if args[1].device != args[0].device and not (args[2:] and args[2]):
                self.wait()
            return self._if_there(args[0].device)
        parts = tree_leaves((args, kwargs))
        if packet in INDEXED:
            return self._if_there(self._device_of_indexed(*args[:2]))
        shapes = [_shape(part) for part in parts if isinstance(part, torch.Tensor)]
        device, _ = FakeTensor._find_common_device(func, shapes)
        if WAITED_FOR & {*func.tags}:
            self.wait()
        return self._if_there(device)

    def _if_there(self, device: torch.device) -> torch.device | None:
        return device if device == self.device else None

    def _device_of_indexed(self, tensor, indices) -> torch.device:
        """As `tensor`; indices may come from the host, which waits, but not go to it."""
        indices = [index for index in indices if index is not None]
        elsewhere = [i.device for i in indices if i.device != tensor.device]
        if any(device.type != "cpu" for device in elsewhere):
            raise RuntimeError(f"indices on {elsewhere[0]} of a tensor on the CPU")
        # The number of what a mask chooses is needed on the host.
        if elsewhere or any(i.dtype in (torch.bool, torch.uint8) for i in indices):
            self.wait()
        return tensor.device

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func is torch.Tensor.cpu:
            func, args = torch.Tensor.to, (args[0], "cpu")
        if func is torch.Tensor.to:
            return self._to(*args, **kwargs)
        tensor = args[0] if args and isinstance(args[0], DeviceTensor) else None
        if func is torch.Tensor.numpy and tensor is not None:
            raise TypeError(f"can't convert {self.device} tensor to numpy: use .cpu()")
        if func is torch.Tensor.tolist and tensor is not None:
            self.wait()
            return tensor.values.tolist()
        wish = kwargs.get("device")
        if func is torch.tensor and wish is not None:
            # It is sent on a way that no mode sees.
            return self._to(func(*args, **kwargs | dict(device="cpu")), wish)
        return func(*args, **kwargs)

    def _to(self, tensor, *args, **kwargs):
        kwargs.pop("copy", None)
        device, dtype, non_blocking, layout = torch._C._nn._parse_to(*args, **kwargs)
        formats = dict(dtype=dtype or tensor.dtype)
        if layout is not None:
            formats |= dict(memory_format=layout)
        there = isinstance(tensor, DeviceTensor)
        wanted = there if device is None else device.type == self.device.type
        if wanted == there:
            return torch.Tensor.to(tensor, **formats)
        if not (wanted and non_blocking):
            self.wait()
        if wanted:
            return self.put(tensor.to(**formats))
        return tensor.values.to(**formats)


def _shape(tensor: torch.Tensor) -> FakeTensor:
    """A tensor as torch's rules see it: without values."""
    meta = dict(dtype=tensor.dtype, device="meta")
    empty = torch.empty_strided(tensor.size(), tensor.stride(), **meta)
    return FakeTensor(RULES, empty, tensor.device)
