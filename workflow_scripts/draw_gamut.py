"""Draw the bins."""

from colorization.figures import gamut as gamut_figure
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.tables import read_array


def main(bins: str, name: str, picture: str, vector: str) -> None:
    """Draw bins.npy; `name` is that of the set of bins."""
    gamut_figure.draw(read_array(bins, (None, 2)), name, picture, vector)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main(
            snakemake.input.bins,
            snakemake.params.bins,
            snakemake.output.picture,
            snakemake.output.vector,
        )
