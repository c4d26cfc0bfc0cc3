"""`python -m deploy.docker.healthy URL`: exits with 0 when the URL answers with 200. For containers without curl."""

import sys
from http import HTTPStatus
from urllib.request import urlopen


def main() -> None:
    try:
        with urlopen(sys.argv[1], timeout=3) as answer:
            sys.exit(answer.status != HTTPStatus.OK)
    except OSError as error:
        sys.exit(f"{sys.argv[1]}: {error}")


if __name__ == "__main__":
    main()
