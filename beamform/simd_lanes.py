"""Vectors of 16 lanes, one an element: what sums over a lattice need besides `simd.py`."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types

from sonoreach.beamform.simd import element_pointer, float32x16, intrinsic, is_flat, spread

_INT32 = ir.IntType(32)
_LANES = 16


@intrinsic
def zero16(typingctx: Any) -> Any:
    """Sixteen zeros."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return ir.Constant(float32x16.llvm, None)

    return float32x16(), codegen


@intrinsic
def every16(typingctx: Any, value: Any) -> Any:
    """A float32 in each of sixteen lanes."""
    if value != types.float32:
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return spread(builder, args[0], _LANES)

    return float32x16(value), codegen


@intrinsic
def positive(typingctx: Any, vector: Any) -> Any:
    """Each lane, or 0 where it is negative."""
    if vector != float32x16:
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        zero = ir.Constant(vector.llvm, None)
        return builder.select(builder.fcmp_ordered(">", args[0], zero), args[0], zero)

    return vector(vector), codegen


@intrinsic
def sides(typingctx: Any, lead: Any, fraction: Any) -> Any:
    """How far the places `lead` + `fraction` lie before 1 (0 or less), and how far behind it (0 or more)."""
    if lead != float32x16:
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        zero = ir.Constant(lead.llvm, None)
        shift = spread(builder, builder.fsub(args[1], ir.Constant(ir.FloatType(), 1.0)), _LANES)
        place = builder.fadd(args[0], shift)
        before = builder.select(builder.fcmp_ordered("<", place, zero), place, zero)
        behind = builder.select(builder.fcmp_ordered(">", place, zero), place, zero)
        return context.make_tuple(builder, signature.return_type, [before, behind])

    return types.containers.UniTuple(float32x16, 2)(lead, types.float32), codegen


@intrinsic
def load_pairs(typingctx: Any, array: Any, index: Any) -> Any:
    """Sixteen numbers at index, index + 2, ... of a contiguous array of int16 or float32, and those after each."""
    if not is_flat(array, types.int16) and not is_flat(array, types.float32):
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = element_pointer(context, builder, signature.args[0], args[0], args[1])
        if array.dtype == types.int16:
            whole = ir.VectorType(_INT32, _LANES)
            both = builder.load(builder.bitcast(pointer, whole.as_pointer()), align=2)
            half = ir.Constant(whole, [16] * _LANES)
            first = builder.ashr(builder.shl(both, half), half)
            parts = [builder.sitofp(x, float32x16.llvm) for x in (first, builder.ashr(both, half))]
        else:
            row = ir.VectorType(ir.FloatType(), 2 * _LANES)
            both = builder.load(builder.bitcast(pointer, row.as_pointer()), align=4)
            index = ir.VectorType(_INT32, _LANES)
            lanes = [ir.Constant(index, list(range(k, 2 * _LANES, 2))) for k in range(2)]
            parts = [builder.shuffle_vector(both, ir.Constant(row, ir.Undefined), k) for k in lanes]
        return context.make_tuple(builder, signature.return_type, parts)

    return types.containers.UniTuple(float32x16, 2)(array, types.intp), codegen


@intrinsic
def transpose16(typingctx: Any, source: Any, start: Any, apart: Any, result: Any, there: Any, rows_apart: Any) -> Any:
    """Write 16 rows of 16 numbers, `apart` from one another, as columns.

    Row i begins at source[start + i apart]; its numbers go to result[there + i], `rows_apart` from one another.
    """
    if not is_flat(source, types.float32) or not is_flat(result, types.float32):
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        whole, vector = args[1].type, float32x16.llvm

        def place(array: int, first: int, step: int, row: int) -> Any:
            index = builder.add(args[first], builder.mul(args[step], ir.Constant(whole, row)))
            pointer = element_pointer(context, builder, signature.args[array], args[array], index)
            return builder.bitcast(pointer, vector.as_pointer())

        rows = [builder.load(place(0, 1, 2, row), align=4) for row in range(_LANES)]
        # Exchange the upper half of each first row with the lower half of its partner, then quarters, and so on.
        for half in (8, 4, 2, 1):
            low = [k if not k & half else k - half + _LANES for k in range(_LANES)]
            high = [k + half if not k & half else k + _LANES for k in range(_LANES)]
            index = ir.VectorType(_INT32, _LANES)
            for row in (k for k in range(_LANES) if not k & half):
                a, b = rows[row], rows[row + half]
                rows[row] = builder.shuffle_vector(a, b, ir.Constant(index, low))
                rows[row + half] = builder.shuffle_vector(a, b, ir.Constant(index, high))
        for row, values in enumerate(rows):
            builder.store(values, place(3, 4, 5, row), align=4)
        return context.get_dummy_value()

    return types.void(source, types.intp, types.intp, result, types.intp, types.intp), codegen
