"""`python -m deploy.docker.keep_keys`: puts the signing keys where they can be renewed, unless they are there.

A mounted secret can be read only. The keys that identity works with are therefore a copy of it, in a volume; once it is
there the secret is not looked at again.
"""

import os
from pathlib import Path


def keep(secret: Path, kept: Path) -> bool:
    """Copy the keys when they are missing; returns whether they were."""
    if kept.exists():
        return False
    # Complete or not at all, and from its first byte on for its owner alone.
    partial = kept.with_name(f"{kept.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret.read_text(encoding="utf-8"))
    partial.replace(kept)
    return True


def main() -> None:
    kept = Path(os.environ["IDENTITY_SIGNING_KEYS_FILE"])
    was_missing = keep(Path(os.environ["FIRST_SIGNING_KEYS_FILE"]), kept)
    print(f"{kept} {'is a copy of the secret now' if was_missing else 'is there already'}.")


if __name__ == "__main__":
    main()
