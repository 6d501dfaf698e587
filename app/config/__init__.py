"""Settings, read from the environment once, at start."""

from app.config.addresses import IamUser
from app.config.reading import ConfigError
from app.config.settings import Config

__all__ = ["Config", "ConfigError", "IamUser"]
