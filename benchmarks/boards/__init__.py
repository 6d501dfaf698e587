"""Leaderboards of a million members, beside leaderboard-python and beside bare commands.

The peer works with no redis-py of this decade: it answers from a process with packages of its own.
"""
