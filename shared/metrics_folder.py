"""The folder in which the processes of one server keep their metrics (the multiprocess mode of prometheus-client)."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from prometheus_client import REGISTRY, values
from prometheus_client.metrics import MetricWrapperBase

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_NAME = re.compile(r"metrics-(\d+)-.+")


def make_folder() -> str:
    """A new folder for the server that this process is, once those of servers that were killed are gone."""
    for folder in Path(tempfile.gettempdir()).glob("metrics-*"):
        if (named := _NAME.fullmatch(folder.name)) and not Path(f"/proc/{named[1]}").exists():
            # Another user's stays; whoever they are, they do the same.
            remove_folder(folder)
    return tempfile.mkdtemp(prefix=f"metrics-{os.getpid()}-")


def count_together() -> str:
    """Let this process, and those that it forks from now on, count in files of one folder; returns the folder.

    To be called before anything is counted. The library makes up its mind when it is imported; so what has a value by
    then, which are the metrics without labels, gets another one.
    """
    os.environ[VARIABLE] = folder = os.environ.get(VARIABLE) or make_folder()
    values.ValueClass = values.get_value_class()
    for metric in list(REGISTRY._collector_to_names):
        if isinstance(metric, MetricWrapperBase) and metric._is_observable():
            metric._metric_init()
    return folder


def remove_folder(folder: str | Path) -> None:
    """Delete the folder of a server that has ended."""
    shutil.rmtree(folder, ignore_errors=True)
