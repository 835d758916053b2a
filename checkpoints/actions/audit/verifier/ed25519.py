"""Whether an Ed25519 signature is its key's: RFC 8032, section 5.1.7. What goes in is public: no constant time."""

import hashlib

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)
Place = tuple[int, int, int, int]
"""A point of the curve as X, Y, Z, T: x = X/Z, y = Y/Z, xy = T/Z."""


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """True for the signature, of 64 bytes, that the owner of this key, of 32, gave under the message."""
    if len(key) != 32 or len(signature) != 64:
        return False
    owner, nonce, number = _point(key), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    base = _point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    if base is None or owner is None or nonce is None or number >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    left, right = _times(number, base), _plus(nonce, _times(challenge, owner))
    return not any((left[axis] * right[2] - right[axis] * left[2]) % P for axis in (0, 1))


def _plus(a: Place, b: Place) -> Place:
    less, more = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    crossed, scale = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = more - less, scale - crossed, scale + crossed, more + less
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number: int, point: Place) -> Place:
    result: Place = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = _plus(result, point)
        point, number = _plus(point, point), number >> 1
    return result


def _point(encoded: bytes) -> Place | None:
    """The point that these 32 bytes stand for; None where they stand for none."""
    whole = int.from_bytes(encoded, "little")
    y, sign = whole & ((1 << 255) - 1), whole >> 255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P
