"""Chaos: a fleet under load, broken on purpose, and a judge of what everybody saw.

`play` is the order of events, `faults` what is broken and how it is mended. The witnesses
(`gateways`, `writing`, `people`, `callers`, `screens`) note what they are answered in a `history`;
`final` adds what the database has in the end, `checker` judges all of it, and `felt` says for how
long each fault was felt. docs/chaos.md says what this proves and what it cannot.
"""
