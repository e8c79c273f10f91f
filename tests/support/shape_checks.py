"""Checks types and shapes at every call of these rooms; import it before them."""

from jaxtyping import install_import_hook

ROOMS = ("colorization.method", "colorization.inference", "colorization.training")
# An int is a float, too, as type checkers have it.
CHECKER = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"

install_import_hook(ROOMS, CHECKER)
