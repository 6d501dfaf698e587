"""The report of a run: what was promised and whether it held, on a page that needs nothing else."""
