"""Image files of any kind, read as sRGB and written."""
