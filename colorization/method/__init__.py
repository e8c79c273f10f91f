"""The paper's method: colours, bins, encoding, prior, network, loss, decoding."""
