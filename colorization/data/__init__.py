"""Images on disk: three sources, one interface (`dataset.open_split`)."""
