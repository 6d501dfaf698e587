"""Reports of a year that is over: cold, kept by the cache, and asked of the rows themselves."""
