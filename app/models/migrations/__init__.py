"""The schema's history; `flask migrate` brings a database up to date."""
