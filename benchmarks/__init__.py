"""What make bench and other targets run."""

# Before torch: it says how OpenMP's threads wait.
import colorization  # noqa: F401  # pyright: ignore[reportUnusedImport]
