"""The seed: a believable plant with a past, the same for the same number and moment."""

from app.commands.seed.command import install

__all__ = ["install"]
