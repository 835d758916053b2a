"""Credentials at a vault. What agents from outside install isn't installed here: it is found where it lies."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3] / "agents" / "client"))
