"""Near steps of a horizon map as one vector program: 32 neighbouring pixels at a time.

A compiler makes of a loop over pixels within a loop over steps one that loads and stores every
tangent with every step. Written as vectors, tangents stay in registers, and a step costs its
products and little else.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils as untyped
from numba.core import types
from numba.extending import intrinsic

__all__ = ["LANES", "raise_between", "raise_crossings"]

cgutils: Any = untyped
#: Pixels that are done at a time.
LANES = 32
_FLOATS = ir.VectorType(ir.FloatType(), LANES)
_INTEGERS = ir.VectorType(ir.IntType(32), LANES)


def _data(context: Any, builder: Any, signature: Any, arguments: Any) -> list[Any]:
    """Where the arrays among a kernel's arguments begin."""
    return [
        context.make_array(kind)(context, builder, array).data
        for kind, array in zip(signature.args, arguments, strict=True)
        if isinstance(kind, types.Array)
    ]


def _item(builder: Any, data: Any, place: Any) -> Any:
    return builder.load(builder.gep(data, [place]))


def _lanes(builder: Any, data: Any, place: Any) -> Any:
    """The numbers of all lanes from a place in an array on."""
    first = builder.gep(data, [place])
    return builder.load(builder.bitcast(first, _FLOATS.as_pointer()), align=4)


def _everywhere(builder: Any, number: Any) -> Any:
    """One number in all lanes."""
    nothing = ir.Constant(_FLOATS, ir.Undefined)
    first = builder.insert_element(nothing, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, nothing, ir.Constant(_INTEGERS, [0] * LANES))


def _fused(builder: Any, *numbers: Any) -> Any:
    """First number times the second plus the third, rounded once: the same bits everywhere."""
    kind = ir.FunctionType(_FLOATS, [_FLOATS] * 3)
    fma = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{LANES}f32")
    return builder.call(fma, numbers)


def _kernel(taps: list[tuple[int, int]]) -> Callable[..., None]:
    """Raises the tangents of LANES pixels by `count` steps whose ground lies between some heights.

    The kernel's arguments: tangents, eyes, limits, ground from the first pixel on, a step's weights
    (of up to four heights, slope, drop, distance), two places of heights per step, count. A tap
    is one of a step's two places and how far beside it. Steps beyond a pixel's limit do not count.
    """

    def _generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        tangents, eyes, limits, ground, weights, places = _data(
            context, builder, signature, arguments
        )
        zero = ir.Constant(ir.IntType(64), 0)
        below = builder.fneg(_lanes(builder, eyes, zero))
        limit = _lanes(builder, limits, zero)
        least = ir.Constant(_FLOATS, [-1e30] * LANES)
        most = cgutils.alloca_once_value(builder, _lanes(builder, tangents, zero))
        with cgutils.for_range(builder, arguments[-1]) as loop:
            weight = [
                _everywhere(
                    builder,
                    _item(
                        builder,
                        weights,
                        builder.add(builder.mul(loop.index, zero.type(7)), zero.type(k)),
                    ),
                )
                for k in range(7)
            ]
            rise = below
            for n, (which, aside) in enumerate(taps):
                at = builder.add(builder.mul(loop.index, zero.type(2)), zero.type(which))
                place = builder.add(_item(builder, places, at), zero.type(aside))
                rise = _fused(builder, weight[n], _lanes(builder, ground, place), rise)
            tangent = _fused(builder, weight[4], rise, weight[5])
            is_within = builder.fcmp_ordered("<=", weight[6], limit)
            tangent = builder.select(is_within, tangent, least)
            known = builder.load(most)
            is_more = builder.fcmp_ordered(">", tangent, known)
            builder.store(builder.select(is_more, tangent, known), most)
        first = builder.bitcast(tangents, _FLOATS.as_pointer())
        builder.store(builder.load(most), first, align=4)
        return context.get_dummy_value()

    @intrinsic
    def _raise(
        typing: Any, tangents: Any, eyes: Any, limits: Any, ground: Any,
        weights: Any, places: Any, count: Any,
    ) -> Any:  # fmt: skip
        return types.void(tangents, eyes, limits, ground, weights, places, count), _generate

    return _raise


#: On a crossing the ground lies between two heights, elsewhere between two pairs of neighbours.
raise_crossings = _kernel([(0, 0), (1, 0)])
raise_between = _kernel([(0, 0), (0, 1), (1, 0), (1, 1)])
