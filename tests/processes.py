"""The processes that this one has started."""

import psutil


def commands_below() -> list[str]:
    """The command lines of all processes below this one, without those that have ended."""
    commands = []
    for process in psutil.Process().children(recursive=True):
        # A process may end at any moment, and is then a zombie or gone.
        try:
            commands.append(" ".join(process.cmdline()))
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return commands
