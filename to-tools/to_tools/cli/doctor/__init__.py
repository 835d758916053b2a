"""`countersign doctor`: what runs, where, how old, what is wrong and what to do.

Rule: useful when everything is broken; it never raises and changes nothing.
"""
