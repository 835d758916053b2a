"""Authlib, as far as we use it."""
