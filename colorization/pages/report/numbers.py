"""Numbers as text for readers."""

import math
from typing import Any

NOTHING = "—"


def number(value: float | None, digits: int = 1) -> str:
    """12,345.6, with a true minus sign; a dash for no number."""
    if value is None or not math.isfinite(value):
        return NOTHING
    text = f"{value:,.{digits}f}"
    # A number that rounds to zero has no sign.
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else minus(text)


def minus(text: str) -> str:
    """Hyphens as minus signs."""
    return text.replace("-", "−")


def signed(value: float, digits: int = 1) -> str:
    """A difference: +1.2 or −1.2."""
    text = number(value, digits)
    return f"+{text}" if value > 0 and float(text.replace(",", "")) else text


def bounds(low: float, high: float, digits: int = 1) -> str:
    """88.1–90.3, or −1.2 to 3.4 where a dash would look like a minus sign."""
    ends = number(low, digits), number(high, digits)
    return (" to " if "−" in "".join(ends) else "–").join(ends)


def beside_zero(low: float, high: float, digits: int = 1) -> str:
    """`bounds` with as many digits as tell them from 0.

    So an interval that excludes 0 does not look like one that includes it.
    """
    nearest = min(map(abs, filter(None, (low, high))), default=1)
    if nearest < 0.5 * 10**-digits:
        digits = _digits_of(nearest)
    return bounds(low, high, digits)


def interval(
    value: float | None, low: float | None, high: float | None, digits: int = 1
) -> str:
    """89.2 (88.1–90.3); the value alone where it has no interval."""
    text = number(value, digits)
    if value is None or low is None or high is None:
        return text
    if not all(map(math.isfinite, (value, low, high))):
        return text
    return f"{text} ({bounds(low, high, digits)})"


def mean_and_spread(value: float, spread: float, digits: int = 1) -> tuple[str, str]:
    """89.2 and ± 0.3, with more digits if the spread would round to 0."""
    if 0 < spread < 0.5 * 10**-digits:
        digits = _digits_of(spread)
    return number(value, digits), f"± {number(spread, digits)}"


def _digits_of(small: float) -> int:
    """Digits after the point with which a positive number below 1 does not round to 0."""
    return math.ceil(-math.log10(small))


def temperature(value: float) -> str:
    """The temperature T of the annealed mean: T = 0.38."""
    return f"T = {value:g}"


def share(value: float) -> str:
    """The share τ of rebalancing when decoding, τ = 0.5; nothing where there is none."""
    return f"τ = {minus(f'{value:g}')}" if value else ""


def decoding(settings: dict[str, Any]) -> str:
    """How scores become colours, of the settings `evaluate`: T = 0.38, τ = 0.5."""
    parts = temperature(settings["temperature"]), share(settings["rebalance"])
    return ", ".join(filter(None, parts))


def duration(seconds: float) -> str:
    """0.4 s, 12 s, 3 min 5 s, 2 h 4 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def loss(value: float) -> str:
    """Four significant digits: different losses differ by orders of magnitude."""
    return f"{value:.4g}"
