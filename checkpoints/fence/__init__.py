"""The only starter of others' code: Terraform's providers and provisioners, a client's tests, scanners.

Rule: no fence, no others' code. `run` waits for its end, `serve` doesn't; `holds` says what holds on this machine.
"""

from checkpoints.fence.job import Fence, Finished, Job
from checkpoints.fence.running import holds, run
from checkpoints.fence.serving import serve, stop

__all__ = ["Fence", "Finished", "Job", "holds", "run", "serve", "stop"]
