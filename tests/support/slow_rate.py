"""An API that answers each who asks once a minute; `python -m support.slow_rate PORT KEYS` serves it."""

import sys
from pathlib import Path

from support.web import application
from talaia.web.serve import serve

if __name__ == "__main__":
    app = application(key_file=Path(sys.argv[2]), requests_per_s=1 / 60)
    serve(app, "127.0.0.1", int(sys.argv[1]), stopping=lambda: None)
