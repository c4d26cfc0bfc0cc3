"""What stands beside the folder of a database while another one takes its place."""

from pathlib import Path


def restored(data: Path) -> Path:
    """Where the one is made that is to take the place of the database in `data`."""
    return data.with_name(f"{data.name}.restored")


def replaced(data: Path) -> Path:
    """Where a database is kept that a restored one has taken the place of."""
    return data.with_name(f"{data.name}.replaced")


def take_back(data: Path) -> None:
    """Where a restore was interrupted between two steps, let the database be the one that was there before."""
    if not data.exists() and replaced(data).exists():
        replaced(data).rename(data)
