"""Vector instructions that numba cannot find by itself: add a scaled or rotated row to an accumulator."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

LANES = 16
"""Floats in a row: one AVX-512 register; LLVM splits it into narrower ones on other processors."""

PIECE = LANES // 2
"""Complex samples in a row: a piece of a waveform or of a record."""


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


def _turned(builder: Any, value: Any, real: Any, imaginary: Any) -> Any:
    """(real + i imaginary) * value, whose lanes are (re, im, ...)."""
    vector = ir.VectorType(ir.FloatType(), LANES)
    swap = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [lane ^ 1 for lane in range(LANES)])
    swapped = builder.shuffle_vector(value, ir.Constant(vector, ir.Undefined), swap)
    signs = ir.Constant(vector, [-1.0, 1.0] * (LANES // 2))
    crossed = builder.fmul(_broadcast(builder, imaginary), signs, flags=("fast",))
    scaled = builder.fmul(_broadcast(builder, real), value, flags=("fast",))
    return builder.fadd(scaled, builder.fmul(crossed, swapped, flags=("fast",)), flags=("fast",))


def _rotated(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """(real + i imaginary) * table[row : row + 16], for the arguments of `add_rotated_row`."""
    value = builder.load(_row_pointer(context, builder, signature.args[2], args[2], args[3]), align=4)
    return _turned(builder, value, args[4], args[5])


@intrinsic
def set_rotated_row(
    typing_context: Any, target: Any, begin: Any, table: Any, row: Any, real: Any, imaginary: Any
) -> Any:
    """target[begin : begin + 16] = (real + i imaginary) * table[row : row + 16], eight complex numbers each."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        target_row = _row_pointer(context, builder, signature.args[0], args[0], args[1])
        builder.store(_rotated(context, builder, signature, args), target_row, align=4)
        return context.get_dummy_value()

    return types.void(target, types.intp, table, types.intp, types.float32, types.float32), generate


@intrinsic
def add_rotated_row(
    typing_context: Any, target: Any, begin: Any, table: Any, row: Any, real: Any, imaginary: Any
) -> Any:
    """target[begin : begin + 16] += (real + i imaginary) * table[row : row + 16], eight complex numbers each."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        target_row = _row_pointer(context, builder, signature.args[0], args[0], args[1])
        rotated = _rotated(context, builder, signature, args)
        builder.store(builder.fadd(builder.load(target_row, align=4), rotated, flags=("fast",)), target_row, align=4)
        return context.get_dummy_value()

    return types.void(target, types.intp, table, types.intp, types.float32, types.float32), generate


@intrinsic
def add_delayed_row(
    typing_context: Any, target: Any, begin: Any, table: Any, row: Any, step: Any, share: Any, real: Any, imaginary: Any
) -> Any:  # fmt: skip
    """target[begin : begin + 16] += (real + i imaginary) * (the row at `row` + share * that at `step`).

    All are eight complex numbers.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        def load(array: int, place: Any) -> Any:
            return builder.load(_row_pointer(context, builder, signature.args[array], args[array], place), align=4)

        more = builder.fmul(_broadcast(builder, args[5]), load(2, args[4]), flags=("fast",))
        turned = _turned(builder, builder.fadd(load(2, args[3]), more, flags=("fast",)), args[6], args[7])
        target_row = _row_pointer(context, builder, signature.args[0], args[0], args[1])
        builder.store(builder.fadd(load(0, args[1]), turned, flags=("fast",)), target_row, align=4)
        return context.get_dummy_value()

    float32 = types.float32
    return types.void(target, types.intp, table, types.intp, types.intp, float32, float32, float32), generate


@intrinsic
def times_i(typing_context: Any, vector: Any) -> Any:
    """Complex numbers (re, im, ...) in the lanes of a `beamform.simd` vector, times the imaginary unit."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lanes = [lane ^ 1 for lane in range(vector.lanes)]
        swap = ir.Constant(ir.VectorType(ir.IntType(32), vector.lanes), lanes)
        swapped = builder.shuffle_vector(args[0], ir.Constant(args[0].type, ir.Undefined), swap)
        signs = ir.Constant(args[0].type, [-1.0, 1.0] * (vector.lanes // 2))
        return builder.fmul(swapped, signs, flags=("fast",))

    return vector(vector), generate
