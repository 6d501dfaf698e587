"""The live process: every open board and line page hears here what happens on the floor.

An asyncio application of its own, because it holds thousands of connections that mostly wait. It
reads each channel once and fans it out; it never loads Flask.
"""

from app.live.application import create_live

__all__ = ["create_live"]
