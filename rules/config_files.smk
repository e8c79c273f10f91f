# Before any config is read: no file of it may run code.
import os
import sys
from pathlib import Path

ROOT = Path(workflow.basedir)
# Scripts run in processes of their own, some on other machines, and import the library.
os.environ |= {"PYTHONPATH": str(ROOT)}
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from colorization import config as settings

for path in ["config.yaml", *workflow.config_settings.configfiles]:
    try:
        settings.check_file(path)
    except settings.ConfigError as error:
        sys.exit(f"config: {error}")
