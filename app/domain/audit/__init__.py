"""The audit trail: who did what, when and from where."""

from app.domain.audit.trail import Entry, Sought, actors, entries, every

__all__ = ["Entry", "Sought", "actors", "entries", "every"]
