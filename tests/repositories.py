"""Repositories of git that tests make."""

import subprocess
from pathlib import Path


def git(folder: Path, *arguments: str) -> str:
    """Run a command of git in a folder, and return what it printed."""
    identity = ("-c", "user.name=someone", "-c", "user.email=someone@example.org")
    ran = subprocess.run(["git", *identity, *arguments], cwd=folder, check=False, capture_output=True, text=True)
    assert ran.returncode == 0, f"git {arguments[0]}: {ran.stderr}"
    return ran.stdout.strip()
