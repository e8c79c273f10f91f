"""Measuring models and baselines, and comparing them."""
