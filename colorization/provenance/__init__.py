"""Records of how each artifact was made."""
