"""Float32 vectors of 8 and 16 lanes for numba: what its compiler does not vectorise by itself.

Each function is one LLVM instruction (or two) on a `<n x float>`; none checks bounds, so callers pad.
A vector lives in a register of an `@njit` function: it is neither an argument nor a return value of one
that Python calls.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.extending import intrinsic as _intrinsic
from numba.core.extending import models, register_model
from numpy.typing import NDArray

intrinsic: Any = _intrinsic  # numba's type hints describe the definition, not the call from compiled code


class Float32Vector(types.Type):
    """Numba type of a vector of float32."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        super().__init__(name=f"Float32Vector({lanes})")

    @property
    def llvm(self) -> Any:
        """The LLVM type."""
        return ir.VectorType(ir.FloatType(), self.lanes)


float32x8, float32x16 = Float32Vector(8), Float32Vector(16)
_INT32 = ir.IntType(32)
_HALF = ir.VectorType(ir.FloatType(), 4)


@register_model(Float32Vector)
class _Float32VectorModel(models.PrimitiveModel):
    """Kept as an LLVM vector."""

    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, fe_type.llvm)


def aligned_floats(*shape: int) -> NDArray[np.float32]:
    """An empty array that begins at a multiple of 64 bytes: none of its vectors of 16 crosses a cache line."""
    n = math.prod(shape)
    buffer = np.empty(n + 16, np.float32)
    begin = -buffer.ctypes.data // 4 % 16
    return buffer[begin : begin + n].reshape(shape)


def _is_vector(*values: Any) -> bool:
    """Whether all are vectors of one length."""
    return all(isinstance(v, Float32Vector) and v == values[0] for v in values)


def spread(builder: Any, scalar: Any, lanes: int) -> Any:
    """A scalar in every lane."""
    undefined = ir.Constant(ir.VectorType(scalar.type, lanes), ir.Undefined)
    single = builder.insert_element(undefined, scalar, ir.Constant(_INT32, 0))
    return builder.shuffle_vector(single, undefined, ir.Constant(ir.VectorType(_INT32, lanes), [0] * lanes))


def fused(builder: Any, vector_type: Any, factors: list[Any]) -> Any:
    """LLVM's fused multiply-add."""
    function_type = ir.FunctionType(vector_type.llvm, [vector_type.llvm] * 3)
    function = cgutils.get_or_insert_function(builder.module, function_type, f"llvm.fma.v{vector_type.lanes}f32")
    return builder.call(function, factors)


def element_pointer(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    """Pointer to element `index` of a contiguous one-dimensional array."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [index])


def is_flat(array: Any, dtype: Any) -> bool:
    return isinstance(array, types.Array) and array.ndim == 1 and array.dtype == dtype and array.layout == "C"


@intrinsic
def zero8(typingctx: Any) -> Any:
    """Eight zeros."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return ir.Constant(float32x8.llvm, None)

    return float32x8(), codegen


def loading(vector_type: Any, number: Any, name: str) -> Any:
    """An unaligned load of a vector from a contiguous array of numbers of a numba type."""

    def load(typingctx: Any, array: Any, index: Any) -> Any:
        if not is_flat(array, number):
            return None

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            pointer = element_pointer(context, builder, signature.args[0], args[0], args[1])
            there = builder.bitcast(pointer, vector_type.llvm.as_pointer())
            return builder.load(there, align=number.bitwidth // 8)

        return vector_type(array, types.intp), codegen

    load.__doc__ = f"Elements from `index` on of a contiguous array of {number}, as many as {vector_type.name} holds."
    load.__name__ = load.__qualname__ = name
    return intrinsic(load)


load8 = loading(float32x8, types.float32, "load8")
load16 = loading(float32x16, types.float32, "load16")


@intrinsic
def load_pair_twice(typingctx: Any, array: Any, index: Any) -> Any:
    """Elements index and index + 1 of a contiguous complex64 array, in the lower and again in the upper half."""
    if not is_flat(array, types.complex64):
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = element_pointer(context, builder, signature.args[0], args[0], args[1])
        half = builder.load(builder.bitcast(pointer, _HALF.as_pointer()), align=4)
        lanes = ir.Constant(ir.VectorType(_INT32, 8), [0, 1, 2, 3, 0, 1, 2, 3])
        return builder.shuffle_vector(half, ir.Constant(_HALF, ir.Undefined), lanes)

    return float32x8(array, types.intp), codegen


@intrinsic
def at(typingctx: Any, array: Any, index: Any) -> Any:
    """Element of a contiguous one-dimensional array without numba's wrap-around of negative indices."""
    if not isinstance(array, types.Array) or array.ndim != 1 or array.layout != "C":
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = element_pointer(context, builder, signature.args[0], args[0], args[1])
        return context.unpack_value(builder, signature.return_type, pointer)

    return array.dtype(array, types.intp), codegen


@intrinsic
def put(typingctx: Any, array: Any, index: Any, value: Any) -> Any:
    """Write one element of a contiguous one-dimensional array, likewise unchecked."""
    if not isinstance(array, types.Array) or array.ndim != 1 or array.layout != "C":
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = element_pointer(context, builder, signature.args[0], args[0], args[1])
        context.pack_value(builder, signature.args[2], args[2], pointer)
        return context.get_dummy_value()

    return types.void(array, types.intp, array.dtype), codegen


@intrinsic
def store(typingctx: Any, array: Any, index: Any, vector: Any) -> Any:
    """Write a vector to the elements from `index` on of a contiguous float32 array."""
    if not is_flat(array, types.float32) or not _is_vector(vector):
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = element_pointer(context, builder, signature.args[0], args[0], args[1])
        builder.store(args[2], builder.bitcast(pointer, vector.llvm.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), codegen


@intrinsic
def store_complex(typingctx: Any, array: Any, index: Any, real: Any, imag: Any) -> Any:
    """Write to the elements from `index` on of a contiguous complex64 array, one for each lane."""
    if not is_flat(array, types.complex64) or not _is_vector(real, imag):
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lanes = [k // 2 + k % 2 * real.lanes for k in range(2 * real.lanes)]
        pairs = builder.shuffle_vector(args[2], args[3], ir.Constant(ir.VectorType(_INT32, len(lanes)), lanes))
        pointer = element_pointer(context, builder, signature.args[0], args[0], args[1])
        builder.store(pairs, builder.bitcast(pointer, pairs.type.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, real, imag), codegen


def lane_by_lane(instruction: str, name: str) -> Any:
    """An LLVM instruction on two vectors of one length."""

    def combine(typingctx: Any, a: Any, b: Any) -> Any:
        if not _is_vector(a, b):
            return None

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return getattr(builder, instruction)(args[0], args[1])

        return a(a, b), codegen

    combine.__doc__ = f"{name.capitalize()} two vectors, lane by lane."
    combine.__name__ = combine.__qualname__ = name
    return intrinsic(combine)


add, subtract, multiply = (lane_by_lane(f"f{word[:3]}", word) for word in ("add", "subtract", "multiply"))


@intrinsic
def multiply_add(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """Fused a * b + c, lane by lane."""
    if not _is_vector(a, b, c):
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return fused(builder, a, args)

    return a(a, b, c), codegen


@intrinsic
def scale(typingctx: Any, vector: Any, factor: Any) -> Any:
    """Every lane times a scalar."""
    if not _is_vector(vector):
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fmul(args[0], spread(builder, args[1], vector.lanes))

    return vector(vector, types.float32), codegen


@intrinsic
def scale_add(typingctx: Any, vector: Any, factor: Any, addend: Any) -> Any:
    """Fused vector * factor + addend, the factor a scalar."""
    if not _is_vector(vector, addend):
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return fused(builder, vector, [args[0], spread(builder, args[1], vector.lanes), args[2]])

    return vector(vector, types.float32, addend), codegen


@intrinsic
def fold(typingctx: Any, a: Any, b: Any) -> Any:
    """Sums of neighbouring lanes, half by half: a0+a1, a2+a3, b0+b1, b2+b3, a4+a5, a6+a7, b4+b5, b6+b7."""
    if not _is_vector(a, b) or a != float32x8:
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        index = ir.VectorType(_INT32, 8)
        even = builder.shuffle_vector(args[0], args[1], ir.Constant(index, [0, 2, 8, 10, 4, 6, 12, 14]))
        odd = builder.shuffle_vector(args[0], args[1], ir.Constant(index, [1, 3, 9, 11, 5, 7, 13, 15]))
        return builder.fadd(even, odd)

    return a(a, b), codegen


@intrinsic
def alternate(typingctx: Any, vector: Any) -> Any:
    """The lower half of eight lanes and the upper one by turns: 0, 4, 1, 5, 2, 6, 3, 7."""
    if vector != float32x8:
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lanes = ir.Constant(ir.VectorType(_INT32, 8), [0, 4, 1, 5, 2, 6, 3, 7])
        return builder.shuffle_vector(args[0], ir.Constant(float32x8.llvm, ir.Undefined), lanes)

    return vector(vector), codegen


@intrinsic
def sum_halves(typingctx: Any, vector: Any) -> Any:
    """Sum of lanes 0-3 and sum of lanes 4-7 of eight, as two float32."""
    if vector != float32x8:
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        sums = []
        for start in (0, 4):
            lanes = [builder.extract_element(args[0], ir.Constant(_INT32, start + k)) for k in range(4)]
            sums.append(builder.fadd(builder.fadd(lanes[0], lanes[2]), builder.fadd(lanes[1], lanes[3])))
        return context.make_tuple(builder, signature.return_type, sums)

    return types.containers.UniTuple(types.float32, 2)(vector), codegen
