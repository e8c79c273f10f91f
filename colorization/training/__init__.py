"""Training. A run that is stopped and resumed gives the same bits."""
