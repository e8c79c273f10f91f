"""Draw the bins."""

from colorization import log
from colorization.arrays import read_array
from colorization.figures import gamut as gamut_figure
from colorization.provenance import recorded


def main(bins: str, name: str, picture: str, vector: str) -> None:
    """Draw bins.npy; `name` is the set's."""
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
