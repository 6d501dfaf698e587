"""How late thousands of open pages hear, and what each costs the live process.

Beside it on the same server stands the least that fans out: no sessions, no snapshots, nothing
gathered, nothing to catch up with.
"""
