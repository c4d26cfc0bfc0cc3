"""`python -m deploy.console build|types|pictures`: build the console, write the types it knows the API by, or make the
pictures of it in the README."""

import argparse
import sys

from deploy.console.build import build
from deploy.local.errors import CannotStart


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.console", description=__doc__)
    parser.add_argument("command", choices=("build", "types", "pictures"))
    try:
        match parser.parse_args().command:
            case "build":
                print("The console was built." if build() else "The console is built already.")
            case "types":
                # Imports every service, which the image has no settings for.
                from deploy.console.types import write_types

                write_types()
            case "pictures":
                # Needs a browser, which only those who check have.
                from deploy.console.pictures import make_pictures

                make_pictures()
    except CannotStart as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
