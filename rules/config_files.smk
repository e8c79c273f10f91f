# The config, from the least to the most particular, which counts: this repository's
# config.yaml; a config.yaml in the working folder, for all work there; --configfile and
# --config, for one command.
import os
import sys
from pathlib import Path

# Not workflow.basedir: another Snakefile may have imported this one as a module.
ROOT = Path(workflow.current_basedir.get_path_or_uri(secret_free=False)).parent
# Scripts import the library in processes of their own, some on other machines.
os.environ |= {"PYTHONPATH": str(ROOT)}
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from colorization.planning.config import (
    ConfigError,
    check_size,
    merge,
    read_file,
    resolve_runs,
)
from colorization.planning.config_values import from_command_line, typed
from colorization.planning.start_model import check_starts

local_config = Path("config.yaml")
has_local_config = local_config.exists() and not local_config.samefile(
    ROOT / "config.yaml"
)

try:
    # Snakemake has read these files; refuse one that runs code or that grows without end.
    for path in workflow.config_settings.configfiles:
        read_file(path)
    check_size(workflow.config_settings.overwrite_config)
    defaults = read_file(ROOT / "config.yaml")
    if has_local_config:
        defaults = merge(defaults, read_file(local_config))
    arguments = workflow.config_settings.config_args
    given = from_command_line(arguments)
    # For Snakemake, a path with hyphens is a key like any other.
    for argument in arguments:
        if "-" in (path := argument.partition("=")[0]):
            config.pop(path, None)
    config.update(typed(merge(merge(defaults, config), given)))
    RUNS = resolve_runs(config)
    check_starts(RUNS)
except ConfigError as error:
    hint = f" ({local_config.absolute()} counts, too)" if has_local_config else ""
    sys.exit(f"config: {error}{hint}")
