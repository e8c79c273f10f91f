"""What Snakemake imports while it parses the workflow: settings, artifacts, digests."""
