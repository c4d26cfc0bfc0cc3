"""`python -m deploy.console build|types`: build the console, or write the types it knows the API by."""

import argparse
import sys

from deploy.console.build import build
from deploy.local.errors import CannotStart


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.console", description=__doc__)
    parser.add_argument("command", choices=("build", "types"))
    try:
        if parser.parse_args().command == "build":
            print("The console was built." if build() else "The console is built already.")
        else:
            from deploy.console.types import write_types  # imports every service, which the image has no settings for

            write_types()
    except CannotStart as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
