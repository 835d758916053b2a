"""What the technical operator holds: shell, page, porter. Rule: only these construct a Person."""

import gc

# What a program imports stays: to look through it all again and again takes a tenth of each start.
gc.set_threshold(50_000, 20, 20)
