"""`python -m app.cli`: the command, as it is installed under the name backstep."""

import sys

from . import main

if __name__ == "__main__":
    sys.exit(main())
