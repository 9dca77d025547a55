"""Entry of `python -m benchmarks`."""

import sys

from benchmarks import ablation, compare, growth

COMMANDS = {"compare": compare.main, "ablation": ablation.main, "growth": growth.main}


def main(argv: list[str]) -> None:
    """Runs the command that the first argument names, otherwise `compare`."""
    if argv and argv[0] in COMMANDS:
        COMMANDS[argv[0]](argv[1:])
    else:
        compare.main(argv)


if __name__ == "__main__":
    main(sys.argv[1:])
