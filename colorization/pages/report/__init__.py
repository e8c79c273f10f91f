"""What people read of a finished run: the report, and a card for each model."""
