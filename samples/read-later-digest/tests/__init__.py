"""The release's own tests: run by `python -m unittest` from its folder, with the standard library alone."""
