"""What several modules and pages must agree on. Imports nothing."""

# The annealed mean's temperature in the paper: between the vivid mode and the smooth mean.
TEMPERATURE = 0.38
# The usual share of the class weights in decoding (τ), for a model trained without them:
# chosen by looking, and by figures (docs/rebalancing.md).
REBALANCE = 0.9

# The baselines that every model is compared with, by their names in tables and figures.
GRAY, PRIOR_MEAN, RANDOM, TRUTH = "gray", "prior mean", "random", "ground truth"
BASELINES = (GRAY, PRIOR_MEAN, RANDOM, TRUTH)
# The model itself, in the tables of one run.
MODEL = "model"
