"""Reading image files of any kind as sRGB, and writing them."""
