"""The report of all runs, and a card for each model."""
