"""The commands that start, stop and mend what runs on this machine."""
