"""The shell: `countersign …`. Rule: a command says what happened, what was kept and what to do next."""

import os

# It would read what every installed package says of itself, in each call, and let any of them into our validation.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
