"""How each artifact was made."""
