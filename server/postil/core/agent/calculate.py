"""Arithmetic that a model asks for, checked: numbers and operators, nothing else, and of a bounded size."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from decimal import Decimal, DivisionByZero, InvalidOperation, localcontext

# Digits of a result; more is no question about code.
MOST_DIGITS = 60
_MOST_CHARS = 300


def _divide(a: Decimal, b: Decimal) -> Decimal:
    return a / b


def _floor_divide(a: Decimal, b: Decimal) -> Decimal:
    return Decimal(math.floor(a / b))


def _modulo(a: Decimal, b: Decimal) -> Decimal:
    """As Python's: with the sign of the divisor."""
    return a - b * Decimal(math.floor(a / b))


_BINARY: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: Decimal.__add__,
    ast.Sub: Decimal.__sub__,
    ast.Mult: Decimal.__mul__,
    ast.Div: _divide,
    ast.FloorDiv: _floor_divide,
    ast.Mod: _modulo,
}


def _least(*values: Decimal) -> Decimal:
    return min(values)


def _most(*values: Decimal) -> Decimal:
    return max(values)


def _round(value: Decimal, places: Decimal = Decimal(0)) -> Decimal:
    return round(value, int(places))


def _floor(value: Decimal) -> Decimal:
    return Decimal(math.floor(value))


def _ceil(value: Decimal) -> Decimal:
    return Decimal(math.ceil(value))


_FUNCTIONS: dict[str, Callable[..., Decimal]] = {
    "abs": Decimal.__abs__,
    "min": _least,
    "max": _most,
    "round": _round,
    "floor": _floor,
    "ceil": _ceil,
    "sqrt": Decimal.sqrt,
}


def calculate(expression: str) -> str:
    """The value of an arithmetic expression. Raises ValueError with a sentence."""
    text = expression.strip().replace("^", "**").replace("×", "*").replace("÷", "/").replace(",", ", ")
    if len(text) > _MOST_CHARS:
        raise ValueError("the expression is too long")
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ValueError("that is no arithmetic: use numbers, + - * / // % ** and brackets") from None
    with localcontext() as context:
        context.prec = MOST_DIGITS
        try:
            value = _value(tree.body)
        except (DivisionByZero, ZeroDivisionError):
            raise ValueError("it divides by zero") from None
        except (InvalidOperation, OverflowError, RecursionError, TypeError):
            raise ValueError("it has no result of a size that can be told") from None
        if not value.is_finite() or abs(value.adjusted()) > MOST_DIGITS:
            raise ValueError("the result is too large or too small to be told")
        plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") or "0" if "." in plain else plain


def _value(node: ast.expr) -> Decimal:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return Decimal(str(number))
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner)
        case ast.UnaryOp(op=ast.UAdd(), operand=inner):
            return _value(inner)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            base, exponent = _value(left), _value(right)
            if abs(exponent) > 1000 or abs(base.adjusted()) * abs(exponent) > MOST_DIGITS * 2:
                raise ValueError("the result is too large or too small to be told")
            return base**exponent
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](_value(left), _value(right))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS and args:
            return _FUNCTIONS[name](*map(_value, args))
        case _:
            raise ValueError("only numbers, + - * / // % **, brackets, abs, min, max, round, floor, ceil and sqrt")
