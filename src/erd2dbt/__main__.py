"""`erd2dbt` and `python -m erd2dbt`."""

from functools import partial

from erd2dbt.cli import main
from erd2dbt.system.quick_exit import run_program


def run() -> None:
    """Run the command line as this whole process."""
    run_program(partial(main, prog_name="erd2dbt"))


if __name__ == "__main__":
    run()
