"""What the engineer sees: how cache, streams and database are doing, and what that saves."""

from app.domain.operations.trial import Trial, TrialResult, try_out
from app.domain.operations.vitals import Vitals, numbers, vitals

__all__ = ["Trial", "TrialResult", "Vitals", "numbers", "try_out", "vitals"]
