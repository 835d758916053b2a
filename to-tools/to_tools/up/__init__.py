"""The machine room: starts, watches and stops everything that a desk on one machine needs.

Rule: it knows processes, ports and folders, and nothing of what the desk decides.
"""
