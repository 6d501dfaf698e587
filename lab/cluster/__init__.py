"""A whole fleet on one machine: instances behind a load balancer, a replicated cache, a database.

`fleet` is all of it, `instance` one machine of it, `caches` the two shapes the cache may have, and
`status` what a terminal shows. `make cluster` runs it for people; `lab.chaos` breaks it.
"""
