"""Django asks for the models of an application in a module of this name."""

# mypy: disable-error-code="import-not-found"

from django.db import models

from benchmarks.querycache.table import NAME


class Item(models.Model):  # type: ignore[misc] # noqa: DJ008 (never shown)
    """The table that SQLAlchemy made."""

    id = models.IntegerField(primary_key=True)
    shelf = models.IntegerField()
    name = models.TextField()
    note = models.TextField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    changed_at = models.DateTimeField()

    class Meta:  # noqa: D106 (Django's)
        db_table = NAME
        managed = False
