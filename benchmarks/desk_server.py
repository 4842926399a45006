"""The app's server as it always is, and one line a script run in the file that DESK_RUNS names: its seconds, its page.

`python -m benchmarks.desk_server --server.port N`.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

from streamlit.runtime.scriptrunner import script_runner
from streamlit.web import cli

APP = Path(__file__).resolve().parents[1] / "streamlit_app.py"


def main() -> None:
    """Serve until the process is asked to end."""
    plain, runs = script_runner.ScriptRunner._run_script, Path(os.environ["DESK_RUNS"])

    def timed(self: script_runner.ScriptRunner, data: Any) -> None:
        began = time.perf_counter()
        try:
            plain(self, data)
        finally:
            took, known = time.perf_counter() - began, self._pages_manager.get_pages()
            here = known.get(self._pages_manager.current_page_script_hash)
            page = here["url_pathname"] if here else ""
            with runs.open("a") as stream:
                stream.write(f"{took:.6f} {page}\n")

    script_runner.ScriptRunner._run_script = timed  # type: ignore[method-assign, assignment]
    sys.argv = ["streamlit", "run", str(APP), *sys.argv[1:]]
    cli.main()


if __name__ == "__main__":
    main()
