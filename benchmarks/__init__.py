"""What the application adds to the engines it stands on, measured side by side on one machine.

`python -m benchmarks` compares each step with the barest call that does the same work, in turns in
one run: a ratio survives a slow or busy machine, a number of its own does not. One module per
figure. `python -m benchmarks.load` puts a whole instance under load and counts what was stored.
"""
