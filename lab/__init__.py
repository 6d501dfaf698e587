"""The workshop: real engines and whole applications on one machine, for people and for tests.

Nothing in here is deployed, and nothing in `app` imports it.
"""
