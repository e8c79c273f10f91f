"""Trained models, and colours from them."""
