"""`run_tests.py RELEASE FOLDER`: runs a release's own tests, and prints what came out as one JSON object.

Rule: what tests print goes to the errors; the result has the output to itself.
"""

import json
import os
import sys
import unittest


def main(release: str, folder: str) -> None:
    result_to = os.dup(1)
    os.dup2(2, 1)
    sys.path.insert(0, release)
    sys.argv = ["unittest"]
    found = unittest.defaultTestLoader.discover(os.path.join(release, folder), top_level_dir=release)
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=2).run(found)
    wrong = [*result.failures, *result.errors]
    figures = {
        "ran": result.testsRun,
        "failed": len(wrong) + len(result.unexpectedSuccesses),
        "skipped": len(result.skipped),
        "failing": [test.id() for test in (*(test for test, _ in wrong), *result.unexpectedSuccesses)],
    }
    os.write(result_to, json.dumps(figures).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
