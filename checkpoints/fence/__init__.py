"""The only starter of others' code: Terraform's providers and provisioners, a client's tests, scanners.

Rule: no fence, no others' code. `run` is the one call; `holds` says what holds on this machine.
"""

from checkpoints.fence.job import Fence, Finished, Job
from checkpoints.fence.running import holds, run

__all__ = ["Fence", "Finished", "Job", "holds", "run"]
