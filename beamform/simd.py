"""Eight-lane float32 vectors for numba: what its compiler does not vectorise by itself.

Each function is one LLVM instruction (or two) on a `<8 x float>`; none checks bounds, so callers pad.
A vector lives in a register of an `@njit` function: it is neither an argument nor a return value of one
that Python calls.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.extending import intrinsic as _intrinsic
from numba.core.extending import models, register_model

intrinsic: Any = _intrinsic  # numba's type hints describe the definition, not the call from compiled code


class Float32x8(types.Type):
    """Numba type of a vector of eight float32."""

    def __init__(self) -> None:
        super().__init__(name="Float32x8")


float32x8 = Float32x8()
_VECTOR = ir.VectorType(ir.FloatType(), 8)
_HALF = ir.VectorType(ir.FloatType(), 4)


@register_model(Float32x8)
class _Float32x8Model(models.PrimitiveModel):
    """Kept as an LLVM vector."""

    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, _VECTOR)


def _element_pointer(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    """Pointer to element `index` of a contiguous one-dimensional array."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [index])


def _is_flat(array: Any, dtype: Any) -> bool:
    return isinstance(array, types.Array) and array.ndim == 1 and array.dtype == dtype and array.layout == "C"


@intrinsic
def zero8(typingctx: Any) -> Any:
    """Eight zeros."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return ir.Constant(_VECTOR, None)

    return float32x8(), codegen


@intrinsic
def load8(typingctx: Any, array: Any, index: Any) -> Any:
    """Elements index..index + 7 of a contiguous float32 array."""
    if not _is_flat(array, types.float32):
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _element_pointer(context, builder, signature.args[0], args[0], args[1])
        return builder.load(builder.bitcast(pointer, _VECTOR.as_pointer()), align=4)

    return float32x8(array, types.intp), codegen


@intrinsic
def load_pair_twice(typingctx: Any, array: Any, index: Any) -> Any:
    """Elements index and index + 1 of a contiguous complex64 array, in the lower and again in the upper half."""
    if not _is_flat(array, types.complex64):
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _element_pointer(context, builder, signature.args[0], args[0], args[1])
        half = builder.load(builder.bitcast(pointer, _HALF.as_pointer()), align=4)
        lanes = ir.Constant(ir.VectorType(ir.IntType(32), 8), [0, 1, 2, 3, 0, 1, 2, 3])
        return builder.shuffle_vector(half, ir.Constant(_HALF, ir.Undefined), lanes)

    return float32x8(array, types.intp), codegen


@intrinsic
def at(typingctx: Any, array: Any, index: Any) -> Any:
    """Element of a contiguous one-dimensional array without numba's wrap-around of negative indices."""
    if not isinstance(array, types.Array) or array.ndim != 1 or array.layout != "C":
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _element_pointer(context, builder, signature.args[0], args[0], args[1])
        return context.unpack_value(builder, signature.return_type, pointer)

    return array.dtype(array, types.intp), codegen


@intrinsic
def put(typingctx: Any, array: Any, index: Any, value: Any) -> Any:
    """Write one element of a contiguous one-dimensional array, likewise unchecked."""
    if not isinstance(array, types.Array) or array.ndim != 1 or array.layout != "C":
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _element_pointer(context, builder, signature.args[0], args[0], args[1])
        context.pack_value(builder, signature.args[2], args[2], pointer)
        return context.get_dummy_value()

    return types.void(array, types.intp, array.dtype), codegen


@intrinsic
def store8(typingctx: Any, array: Any, index: Any, vector: Any) -> Any:
    """Write a vector to elements index..index + 7 of a contiguous float32 array."""
    if not _is_flat(array, types.float32):
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _element_pointer(context, builder, signature.args[0], args[0], args[1])
        builder.store(args[2], builder.bitcast(pointer, _VECTOR.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, float32x8), codegen


@intrinsic
def multiply_add(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """Fused a * b + c, lane by lane."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        function_type = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        function = cgutils.get_or_insert_function(builder.module, function_type, "llvm.fma.v8f32")
        return builder.call(function, args)

    return float32x8(float32x8, float32x8, float32x8), codegen


@intrinsic
def add8(typingctx: Any, a: Any, b: Any) -> Any:
    """a + b, lane by lane."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fadd(args[0], args[1])

    return float32x8(float32x8, float32x8), codegen


@intrinsic
def scale(typingctx: Any, vector: Any, factor: Any) -> Any:
    """Every lane times a scalar."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        undefined = ir.Constant(_VECTOR, ir.Undefined)
        single = builder.insert_element(undefined, args[1], ir.Constant(ir.IntType(32), 0))
        spread = builder.shuffle_vector(single, undefined, ir.Constant(ir.VectorType(ir.IntType(32), 8), [0] * 8))
        return builder.fmul(args[0], spread)

    return float32x8(float32x8, types.float32), codegen


@intrinsic
def sum_halves(typingctx: Any, vector: Any) -> Any:
    """Sum of lanes 0-3 and sum of lanes 4-7, as two float32."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        sums = []
        for start in (0, 4):
            lanes = [builder.extract_element(args[0], ir.Constant(ir.IntType(32), start + k)) for k in range(4)]
            sums.append(builder.fadd(builder.fadd(lanes[0], lanes[2]), builder.fadd(lanes[1], lanes[3])))
        return context.make_tuple(builder, signature.return_type, sums)

    return types.containers.UniTuple(types.float32, 2)(float32x8), codegen
