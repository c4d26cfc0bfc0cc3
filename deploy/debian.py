"""Programs of Debian that the tests need, installed where that may be done: by root, where there is apt-get."""

import os
import shutil
import subprocess


def may_install() -> bool:
    """Whether programs can be installed here at all."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*packages: str) -> str:
    """Install packages without what they only recommend; returns the end of what went wrong, or nothing."""
    # In this runlevel Debian's scripts do not start the services they have installed.
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        # Whoever else installs something at this moment is waited for.
        command = ["apt-get", "-o", "DPkg::Lock::Timeout=300", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stderr.strip()[-300:] if done.returncode else ""
