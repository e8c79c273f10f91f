"""Colorful Image Colorization (Zhang, Isola, Efros 2016), without Snakemake."""

import os

# While they wait, OpenMP's threads spin, and take the cores from other work and from each
# other. So they soon go to sleep. (Not at once, as with OMP_WAIT_POLICY=PASSIVE: then
# training alone is half as fast.) OpenMP reads this when torch is loaded, here and in all
# processes that this one starts. What a user has set about waiting or cores stands.
SET_BY_USERS = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "GOMP_CPU_AFFINITY")
SET_BY_USERS += ("OMP_PROC_BIND", "OMP_PLACES")
if not os.environ.keys() & {*SET_BY_USERS}:
    os.environ["GOMP_SPINCOUNT"] = "10000"
