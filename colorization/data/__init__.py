"""Datasets on disk: three sources, read alike by `dataset.open_split`."""
