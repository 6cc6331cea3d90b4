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
def multiply(typingctx: Any, a: Any, b: Any) -> Any:
    """a * b, lane by lane."""
    if a != float32x16 or b != float32x16:
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fmul(args[0], args[1])

    return a(a, b), codegen


@intrinsic
def hat(typingctx: Any, lead: Any, fraction: Any) -> Any:
    """Weights of three samples 0, 1 and 2 at the places `lead` + `fraction` between 0 and 2: linear interpolation."""
    if lead != float32x16:
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        zero, one = ir.Constant(lead.llvm, None), spread(builder, ir.Constant(ir.FloatType(), 1.0), _LANES)
        beyond = builder.fadd(args[0], spread(builder, builder.fsub(args[1], ir.Constant(ir.FloatType(), 1.0)), _LANES))
        last = builder.select(builder.fcmp_ordered(">", beyond, zero), beyond, zero)
        first = builder.fsub(last, beyond)
        middle = builder.fsub(builder.fsub(one, first), last)
        return context.make_tuple(builder, signature.return_type, [first, middle, last])

    return types.containers.UniTuple(float32x16, 3)(lead, types.float32), codegen


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
