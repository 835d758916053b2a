"""OpenBao's server, as a wheel brings it: beside this package lies `bin/bao`."""

__file__: str
