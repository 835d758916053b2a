"""The runbooks for when something is wrong, followed as they stand against the real trouble."""
