"""What several modules and pages must agree on. Imports nothing."""

# The annealed mean's temperature in the paper: between the vivid mode and the smooth mean.
TEMPERATURE = 0.38

# What every model is measured against, by the names that tables and figures show.
GRAY, PRIOR_MEAN, RANDOM, TRUTH = "gray", "prior mean", "random", "ground truth"
BASELINES = (GRAY, PRIOR_MEAN, RANDOM, TRUTH)
# The model itself, beside them in the tables of one run.
MODEL = "model"
