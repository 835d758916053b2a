"""What the desk needs from outside, as Protocols.

Rule: only where two real implementations exist, or one can't run in a unit test.
"""

from collections.abc import Mapping
from typing import Protocol

from checkpoints.core.model import Json
from checkpoints.core.stack import Applied, Binding, Planned


class Terraform(Protocol):
    """Plans a case's stack, and applies exactly the plan that was approved."""

    def plan(self, case: str, template: str, variables: Mapping[str, Json]) -> Planned:
        """Make a new plan, which replaces the case's earlier one. Changes nothing outside the case's folder.

        Raises Refused (name, template, variables or stack can't be taken) and Unavailable (try again).
        """
        ...

    def binding(self, case: str, template: str) -> Binding:
        """What the plan that lies in the case's folder now is bound to. Raises Refused when there is none."""
        ...

    def apply(self, case: str, expected: Binding) -> Applied:
        """Apply the plan that `expected` names, and no other.

        Raises Refused or Unavailable when nothing was changed, OutcomeUnknown when nobody can say.
        """
        ...
