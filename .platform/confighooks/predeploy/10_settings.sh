#!/bin/sh
# Settings that cannot be read end the deployment here, with what is wrong with them, while the old
# version still answers; the processes would end one after another, without a word in the events.
# Its twin in confighooks does the same when only a property is changed.
set -eu
# Not by `activate`, which reads what may not be set.
exec /var/app/venv/*/bin/python -c '
import os, sys
from app.config import Config, ConfigError
try:
    Config.from_environment(os.environ)
except ConfigError as error:
    sys.exit(f"andon: {error}")
'
