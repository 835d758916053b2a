"""Chaos: requests and random answers, while the desk's processes are killed one after another."""
