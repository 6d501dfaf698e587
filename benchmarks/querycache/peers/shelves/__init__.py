"""The shelves as an application of Django's."""
