"""One vector instruction sequence that numba cannot find by itself: add a scaled row to an accumulator."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

LANES = 16
"""Floats in a row: one AVX-512 register; LLVM splits it into narrower ones on other processors."""


def _row_pointer(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    """Pointer to LANES floats that begin at array[index]."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), ir.VectorType(ir.FloatType(), LANES).as_pointer())


def _broadcast(builder: Any, scalar: Any) -> Any:
    """A vector of LANES copies of a float."""
    vector = ir.VectorType(ir.FloatType(), LANES)
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), lanes)


@intrinsic
def add_scaled_row(typing_context: Any, target: Any, begin: Any, table: Any, row: Any, factor: Any) -> Any:
    """target[begin : begin + 16] += factor * table[row : row + 16], both contiguous float32, no bounds check."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        target_row = _row_pointer(context, builder, signature.args[0], args[0], args[1])
        table_row = _row_pointer(context, builder, signature.args[2], args[2], args[3])
        scaled = builder.fmul(_broadcast(builder, args[4]), builder.load(table_row, align=4), flags=("fast",))
        total = builder.fadd(builder.load(target_row, align=4), scaled, flags=("fast",))
        builder.store(total, target_row, align=4)
        return context.get_dummy_value()

    return types.void(target, types.intp, table, types.intp, types.float32), generate
