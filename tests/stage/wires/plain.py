"""HTTP in the clear, to this machine.

Rule: nobody's signature is trusted there. To read all authorities that a system trusts takes longer than a call.
"""

from ssl import PROTOCOL_TLS_CLIENT, SSLContext

NOBODY = SSLContext(PROTOCOL_TLS_CLIENT)
"""As httpx' `verify`."""
