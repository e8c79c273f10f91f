# The config: this repository's config.yaml, wherever one stands; on top of it a config.yaml
# of the working folder, for the work that is done there; then --configfile and --config,
# for one line. The more particular counts.
import os
import sys
from pathlib import Path

# Not workflow.basedir: another Snakefile may have imported this one as a module.
ROOT = Path(workflow.current_basedir.get_path_or_uri(secret_free=False)).parent
# Scripts run in processes of their own, some on other machines, and import the library.
os.environ |= {"PYTHONPATH": str(ROOT)}
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from colorization.planning import config as settings
from colorization.planning.config_values import from_command_line, typed

here = Path("config.yaml")
of_this_folder = here.exists() and not here.samefile(ROOT / "config.yaml")

try:
    # Snakemake has read these; none may run code, or multiply without end.
    for path in workflow.config_settings.configfiles:
        settings.read_file(path)
    settings.check_size(workflow.config_settings.overwrite_config)
    defaults = settings.read_file(ROOT / "config.yaml")
    if of_this_folder:
        defaults = settings.merge(defaults, settings.read_file(here))
    arguments = workflow.config_settings.config_args
    given = from_command_line(arguments)
    # Snakemake takes a path for a key of its own.
    for argument in arguments:
        if "-" in (path := argument.partition("=")[0]):
            config.pop(path, None)
    config.update(typed(settings.merge(settings.merge(defaults, config), given)))
    RUNS = settings.resolve_runs(config)
except settings.ConfigError as error:
    also = f" ({here.absolute()} counts, too)" if of_this_folder else ""
    sys.exit(f"config: {error}{also}")
