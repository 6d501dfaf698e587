"""Which tags an answer depends on, and which a write touches."""

from app.cache.analysis.cursors import telling
from app.cache.analysis.reads import read_tags
from app.cache.analysis.recorder import WriteRecorder
from app.cache.analysis.refusals import Unanalysable, Uncacheable

__all__ = ["Unanalysable", "Uncacheable", "WriteRecorder", "read_tags", "telling"]
