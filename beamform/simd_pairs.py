"""Pairs of int16 for numba: sixteen (I, Q) in a vector, times two weights, summed to sixteen int32.

That product is one instruction of an x86 processor (PMADDWD), asked for by name where there is one: LLVM does not find
it in plain multiplications whose factors it has meanwhile rearranged. As in `simd`, nothing checks bounds.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.extending import models, register_model

from sonoreach.beamform.simd import float32x16, fused, intrinsic, loading, spread

_LANES = 16
_INT32 = ir.IntType(32)
_PAIRS = ir.VectorType(ir.IntType(16), 2 * _LANES)
_SUMS = ir.VectorType(_INT32, _LANES)


class Pairs(types.Type):
    """Numba type of sixteen pairs of int16, and of the sixteen int32 that their products sum to."""

    def __init__(self, llvm: Any, name: str) -> None:
        self.llvm = llvm
        super().__init__(name=name)


int16x2x16, int32x16 = Pairs(_PAIRS, "int16x2x16"), Pairs(_SUMS, "int32x16")


@register_model(Pairs)
class _PairsModel(models.PrimitiveModel):
    """Kept as an LLVM vector."""

    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, fe_type.llvm)


load_pairs = loading(int16x2x16, types.int16, "load_pairs")


def _part(builder: Any, pairs: Any, lanes: range) -> Any:
    """Some of the 32 numbers of a vector."""
    numbers = ir.Constant(ir.VectorType(_INT32, len(lanes)), list(lanes))
    return builder.shuffle_vector(pairs, ir.Constant(_PAIRS, ir.Undefined), numbers)


def _products(builder: Any, features: list[str], a: Any, b: Any) -> Any:
    """Of each pair, the product of the first numbers plus that of the second ones."""
    if "+avx512bw" in features:
        return _call(builder, "llvm.x86.avx512.pmaddw.d.512", _SUMS, [a, b])
    if "+avx2" in features:
        halves = [
            _call(builder, "llvm.x86.avx2.pmadd.wd", ir.VectorType(_INT32, _LANES // 2), parts)
            for parts in ([_part(builder, v, range(o, o + _LANES)) for v in (a, b)] for o in (0, _LANES))
        ]
        return builder.shuffle_vector(*halves, ir.Constant(_SUMS, list(range(_LANES))))
    first, second = (
        builder.mul(*(builder.sext(_part(builder, v, range(k, 2 * _LANES, 2)), _SUMS) for v in (a, b))) for k in (0, 1)
    )
    return builder.add(first, second)


def _call(builder: Any, name: str, result: Any, arguments: list[Any]) -> Any:
    """Call a function of LLVM."""
    function_type = ir.FunctionType(result, [argument.type for argument in arguments])
    return builder.call(cgutils.get_or_insert_function(builder.module, function_type, name), arguments)


@intrinsic
def no_sums(typingctx: Any) -> Any:
    """Sixteen zeros."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return ir.Constant(_SUMS, None)

    return int32x16(), codegen


@intrinsic
def add_dot(typingctx: Any, pairs: Any, weights: Any, addend: Any) -> Any:
    """Of each pair, first times the lower half of an int32 plus second times its upper half, plus the addend."""
    if pairs != int16x2x16 or addend != int32x16:
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        _, _, features = context.codegen().magic_tuple()
        factor = builder.bitcast(spread(builder, args[1], _LANES), _PAIRS)
        return builder.add(_products(builder, features.split(","), args[0], factor), args[2])

    return int32x16(pairs, types.int32, addend), codegen


@intrinsic
def scale_add_sums(typingctx: Any, sums: Any, factor: Any, addend: Any) -> Any:
    """Fused sums * factor + addend in float32, the factor a scalar."""
    if sums != int32x16 or addend != float32x16:
        return None

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        floats = builder.sitofp(args[0], float32x16.llvm)
        return fused(builder, float32x16, [floats, spread(builder, args[1], _LANES), args[2]])

    return float32x16(sums, types.float32, addend), codegen
