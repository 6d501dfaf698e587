"""What one more of each costs, at one, two and four times as many, and what follows from that.

Two cores cannot show a fleet. They can show what a reading, a page, a member or an instance costs
in seconds of CPU, commands and bytes, and whether that is the same when there are four times as
many; the rest is arithmetic, and stands beside its numbers.
"""
