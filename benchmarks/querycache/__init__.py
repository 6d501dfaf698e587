"""The query cache beside its peers: the same 20 rows, in turns within one run.

Each contender lives in a process of its own, since two of them patch Django each in its way. A
conductor asks them for bursts in an order that is shuffled each round.
"""
