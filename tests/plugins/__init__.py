"""Plugins for pytest that only this project's tests need."""
