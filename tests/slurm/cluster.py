"""A SLURM cluster on this machine: loopback network, fake GPUs, no system services.

Wants root and Debian's packages slurm-wlm and munge.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

# A device that stands for a GPU.
DEVICES = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random"]
NEEDED = ["slurmctld", "slurmd", "munged", "mungekey", "sbatch"]
CONFIG = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort={port}
AuthType=auth/munge
AuthInfo=socket={root}/munge.socket
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation={root}/state
SlurmdSpoolDir={root}/spool-%n
SlurmctldPidFile={root}/slurmctld.pid
SlurmdPidFile={root}/slurmd-%n.pid
SlurmctldLogFile={root}/slurmctld.log
SlurmdLogFile={root}/slurmd-%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MinJobAge=3600
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
KillWait=5
OverTimeLimit=0
JobRequeue=1
ReturnToService=2
SlurmdParameters=config_overrides
GresTypes=gpu
{nodes}
PartitionName=cpu Nodes=ALL Default=YES MaxTime=60 State=UP
PartitionName=gpu Nodes=ALL Default=NO MaxTime=60 State=UP
"""
NODE = (
    "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=8 Boards=1 "
    "SocketsPerBoard=1 CoresPerSocket=8 ThreadsPerCore=1 RealMemory=8000 "
    "Gres=gpu:{gpus} State=UNKNOWN"
)


def missing() -> str:
    """Why no cluster can run here, or nothing."""
    if os.geteuid():
        return "root is needed to start SLURM's daemons"
    absent = [name for name in NEEDED if not shutil.which(name)]
    return f"not installed: {', '.join(absent)} (slurm-wlm, munge)" if absent else ""


class Cluster:
    """Started on entering, stopped on leaving; `environment` makes commands use it."""

    def __init__(self, root: Path, nodes: int = 1, gpus: int = 2):
        self.root, self.gpus = root, gpus
        self.nodes = [f"node{i}" for i in range(nodes)]
        path = f"{root}:{os.environ['PATH']}"
        self.environment = dict(SLURM_CONF=str(root / "slurm.conf"), PATH=path)
        self.clients: list[subprocess.Popen] = []  # ended with the cluster
        self._daemons = ExitStack()

    def __enter__(self) -> "Cluster":
        with ExitStack() as stop_what_started:
            stop_what_started.callback(self._daemons.close)
            self._begin()
            stop_what_started.pop_all()
        return self

    def _begin(self) -> None:
        self._configure()
        socket_file = self.root / "munge.socket"
        self._start(
            # --force: in a folder that only root can enter.
            *("munged", "--foreground", "--force", f"--socket={socket_file}"),
            *(f"--key-file={self.root}/munge.key", f"--pid-file={self.root}/munge.pid"),
            f"--seed-file={self.root}/munge.seed",
        )
        self._wait(socket_file.exists)
        self._start("slurmctld", "-D", "-i")
        for name in self.nodes:
            self._start("slurmd", "-D", "-N", name)
        idle = ["idle"] * len(self.nodes)
        self._wait(lambda: self.ask("sinfo", "-hN", "-p", "cpu", "-o", "%t") == idle)

    def __exit__(self, *_) -> None:
        for client in self.clients:
            client.kill()
            client.wait()
        subprocess.run(["scancel", "-u", "root"], env=os.environ | self.environment)
        self._daemons.close()

    def _configure(self) -> None:
        host, ports = socket.gethostname(), _free_ports(1 + len(self.nodes))
        options = dict(host=host, gpus=self.gpus)
        nodes = [
            NODE.format(name=name, port=port, **options)
            for name, port in zip(self.nodes, ports[1:], strict=True)
        ]
        text = CONFIG.format(
            host=host, port=ports[0], root=self.root, nodes="\n".join(nodes)
        )
        (self.root / "slurm.conf").write_text(text, encoding="utf-8")
        devices = [
            f"NodeName={name} Name=gpu File={device}"
            for name in self.nodes
            for device in DEVICES[: self.gpus]
        ]
        lines = "\n".join(["AutoDetect=off", *devices])
        (self.root / "gres.conf").write_text(lines + "\n", encoding="utf-8")
        (self.root / "cgroup.conf").write_text("CgroupAutomount=no\n", encoding="utf-8")
        # Snakemake's job step takes SLURM_CONF away from its own srun.
        srun = self.root / "srun"
        conf = self.environment["SLURM_CONF"]
        real = shutil.which("srun")
        srun.write_text(
            f'#!/bin/sh\nSLURM_CONF={conf} exec {real} "$@"\n', encoding="utf-8"
        )
        srun.chmod(0o755)
        key = self.root / "munge.key"
        subprocess.run(["mungekey", "--create", f"--keyfile={key}"], check=True)

    def _start(self, *command: str) -> None:
        with open(self.root / f"{command[0]}.out", "a", encoding="utf-8") as log:
            daemon = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                env=os.environ | self.environment,
                start_new_session=True,
            )

        def stop():
            daemon.send_signal(signal.SIGTERM)
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

        self._daemons.callback(stop)

    def _wait(self, condition, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                logs = [
                    p.read_text(encoding="utf-8")[-500:]
                    for p in sorted(self.root.glob("*.out"))
                ]
                raise TimeoutError("\n".join(logs))
            time.sleep(0.1)

    def ask(self, *command: str) -> list[str]:
        """The words that one of SLURM's commands prints."""
        environment = os.environ | self.environment
        options = dict(capture_output=True, encoding="utf-8", env=environment)
        return subprocess.run(command, **options).stdout.split()

    def jobs(self, rule: str) -> list[dict[str, str]]:
        """SLURM's fields of the jobs of a rule, oldest first."""
        found = []
        environment = os.environ | self.environment
        command = ["scontrol", "show", "job", "-d", "-o"]
        text = subprocess.check_output(command, encoding="utf-8", env=environment)
        for line in text.splitlines():
            job = dict(re.findall(r"(\S+?)=(\S*)", line))
            if job.get("Comment", "").startswith(f"rule_{rule}"):
                found.append(job)
        return sorted(found, key=lambda job: int(job["JobId"]))


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
