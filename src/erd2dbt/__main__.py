"""`python -m erd2dbt`."""

from erd2dbt.cli import main

if __name__ == "__main__":
    main(prog_name="erd2dbt")
