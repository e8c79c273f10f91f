"""Figures: one module a kind, one look for all (`style`)."""
