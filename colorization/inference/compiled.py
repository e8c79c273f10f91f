"""Loops over pixels, compiled."""

import inspect
from collections.abc import Callable
from typing import Any

import numba


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """A decorator that compiles a function.

    Checks of types, which tests put around all functions of a room, are taken off.
    """
    # A product and a sum may be one step.
    compile = numba.njit(fastmath={"contract", "nsz"}, error_model="numpy", **options)
    return lambda function: compile(inspect.unwrap(function))
