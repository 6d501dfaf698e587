"""The door Elastic Beanstalk opens."""

import sys

from app.config import ConfigError
from app.factory import create_app

try:
    application = create_app()
except ConfigError as error:
    sys.exit(f"andon: {error}")
