"""Programs that run behind the fence, or as processes of their own.

Rule: what they import is the standard library, or the tool that they are for.
"""
