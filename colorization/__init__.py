"""Colorful Image Colorization (Zhang, Isola, Efros 2016), without Snakemake."""
