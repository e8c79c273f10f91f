"""Runs of the real Snakemake, each in a fork of a process that has imported it.

Importing takes half of a dry run's time. As a script, this answers requests on stdin; each
request and each answer is a line of JSON.
"""

import json
import os
import subprocess
import sys
import tempfile


class Starter:
    """A process that runs Snakemake many times, one run at a time."""

    def __init__(self):
        pipe = subprocess.PIPE
        command = [sys.executable, __file__]
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, encoding="utf-8"
        )

    def __call__(self, args: list[str], cwd, env: dict) -> tuple[int, str]:
        """Exit status and output of `snakemake args` in a folder and environment."""
        request = dict(args=args, cwd=str(cwd), env=env)
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return tuple(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def run(args, cwd, env, output):
    """Run `snakemake args` in the fork, and exit."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(output.fileno(), stream.fileno())
    sys.argv = ["snakemake", *args]
    try:
        cli.main(args)
    except SystemExit as done:
        if isinstance(done.code, str):
            print(done.code, file=sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(done.code if isinstance(done.code, int) else 1)


if __name__ == "__main__":
    from snakemake import cli

    for line in sys.stdin:
        with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
            child = os.fork()
            if child == 0:
                run(**json.loads(line), output=output)
                os._exit(70)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            output.seek(0)
            print(json.dumps([status, output.read()]), flush=True)
