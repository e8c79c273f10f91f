"""Checks types and shapes at every call of these rooms. Import it before them."""

from jaxtyping import install_import_hook

ROOMS = ("colorization.method", "colorization.inference", "colorization.training")
# Where float is asked for, an int will do, as for other type checkers.
CHECKER = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"

install_import_hook(ROOMS, CHECKER)
