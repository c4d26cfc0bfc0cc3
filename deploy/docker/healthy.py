"""`python -m deploy.docker.healthy URL`: exits with 0 when the URL answers with 200. For containers without curl. For
`https://` it trusts the authority in TLS_CA.

Where a gateway answers only to its public names, it refuses this one (400), which shows that it answers.
"""

import os
import sys
from http import HTTPStatus
from urllib.error import HTTPError

from shared import tls


def main() -> None:
    try:
        tls.trust(os.environ.get("TLS_CA", ""))
        with tls.open_url(sys.argv[1], 3) as answer:
            sys.exit(answer.status != HTTPStatus.OK)
    except HTTPError as error:
        sys.exit(error.code != HTTPStatus.BAD_REQUEST)
    except OSError as error:
        sys.exit(f"{sys.argv[1]}: {error}")


if __name__ == "__main__":
    main()
