"""Figures: a module for each kind, in one style (`style`)."""
