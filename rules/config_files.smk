# The config: this repository's config.yaml, wherever one stands; on top of it a config.yaml
# in the working folder, the settings of the work that is done there; then --configfile and
# --config, those of one line. The more particular counts.
import os
import sys
from pathlib import Path

ROOT = Path(workflow.basedir)
# Scripts run in processes of their own, some on other machines, and import the library.
os.environ |= {"PYTHONPATH": str(ROOT)}
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from colorization import config as settings

CONFIG_FILES = [ROOT / "config.yaml"]
if Path("config.yaml").exists() and not CONFIG_FILES[0].samefile("config.yaml"):
    CONFIG_FILES.append("config.yaml")

# Before any of them is read: no file may run code.
for path in [*CONFIG_FILES, *workflow.config_settings.configfiles]:
    try:
        settings.check_file(path)
    except settings.ConfigError as error:
        sys.exit(f"config: {error}")

for path in CONFIG_FILES:

    configfile: path
