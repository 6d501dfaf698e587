"""The commands of the query cache: why an answer is as it is, and how to expel some."""

from app.commands.cache.command import install

__all__ = ["install"]
