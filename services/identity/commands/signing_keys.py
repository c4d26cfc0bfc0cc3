"""Making and renewing the keys that tokens are signed with."""

import argparse
import json
import os
import sys
from datetime import timedelta
from pathlib import Path

from services.identity.credentials.keys import PUBLISHED_AHEAD, new_signing_key, rotate_file
from services.identity.settings import KeySettings
from shared.cli import Command, ServiceParts
from shared.clock import now
from shared.settings import read_settings


def _print_new(_service: ServiceParts, _options: argparse.Namespace) -> None:
    sys.stdout.write(json.dumps(new_signing_key()) + "\n")


def _rotate(service: ServiceParts, _options: argparse.Namespace) -> None:
    settings = read_settings(KeySettings, os.environ, prefix=service.name.upper())
    renewed = rotate_file(
        Path(settings.signing_keys_file),
        settings.public_file,
        now=now().timestamp(),
        longest_life=timedelta(days=settings.refresh_days),
    )
    newest, *older = (key["kid"] for key in renewed["keys"])
    wait = int(PUBLISHED_AHEAD.total_seconds())
    sys.stdout.write(f"{newest} signs from {wait} s on. Still believed: {', '.join(older)}.\n")


NEW_SIGNING_KEY = Command(_print_new, "print a new private key")
ROTATE_KEYS = Command(_rotate, "put a new signing key into use; signs nobody out")
