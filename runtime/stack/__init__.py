"""The local stack: real servers and our own processes, kept running on one machine.

Nothing here is used in production; there, `deploy/` does this work.
"""
