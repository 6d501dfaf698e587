"""Sessions beside their peers: what a request pays for its session, in turns within one run.

All contenders are the same small Flask application in one process, called as a server calls it.
"""
