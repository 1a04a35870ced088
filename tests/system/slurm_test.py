#!/usr/bin/env python3
"""Sweeps on a real Slurm: slurmctld and two slurmd on loopback ports, started and stopped here (auth/none and proctrack/pgid are for this
test only). 500 points over two nodes give the database of the local run; a killed slurmd loses nothing; an interrupted collection goes on."""
import getpass
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FLINTLOCK = os.path.abspath(os.environ.get("FLINTLOCK", os.path.join(ROOT, "build/flintlock")))
NODES = ["flint1", "flint2"]


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Cluster:
    def __init__(self, folder):
        self.folder = folder
        ports, host, user = free_ports(3), socket.gethostname(), getpass.getuser()
        lines = f"""ClusterName=flintlock
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/linear
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1
ReturnToService=2
SlurmdTimeout=5
InactiveLimit=0
KillWait=2
MinJobAge=300
SlurmdParameters=config_overrides
PropagateResourceLimits=NONE
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
PartitionName=all Nodes={",".join(NODES)} Default=YES MaxTime=INFINITE State=UP
"""
        for node, port in zip(NODES, ports[1:]):
            lines += f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=1 State=UNKNOWN\n"
        os.mkdir(os.path.join(folder, "state"))
        for node in NODES:
            os.mkdir(os.path.join(folder, "spool-" + node))
        with open(os.path.join(folder, "slurm.conf"), "w") as file:
            file.write(lines)
        self.environment = dict(os.environ, SLURM_CONF=os.path.join(folder, "slurm.conf"))
        self.daemons = {"ctld": self.start("slurmctld", "-D", "-i")}
        for node in NODES:
            self.start_node(node)
        self.wait_for_nodes(len(NODES))

    def start(self, *command):
        output = open(os.path.join(self.folder, "out-" + command[-1] + ".txt"), "ab")
        try:
            return subprocess.Popen(command, env=self.environment, stdout=output, stderr=output, cwd=self.folder)
        finally:
            output.close()

    def start_node(self, node):
        self.daemons[node] = self.start("slurmd", "-D", "-N", node)

    def wait_for_nodes(self, count):
        for _ in range(300):
            states = subprocess.run(["sinfo", "-N", "-h", "-o", "%t"], env=self.environment, capture_output=True, text=True).stdout.split()
            if sum(s in ("idle", "mix", "alloc") for s in states) == count:
                return
            time.sleep(0.1)
        raise RuntimeError(f"the nodes do not come up: {states}\n" + self.logs())

    def logs(self):
        text = ""
        for name in sorted(os.listdir(self.folder)):
            if name.endswith((".log", ".txt")):
                with open(os.path.join(self.folder, name), errors="replace") as file:
                    text += f"--- {name}\n" + file.read()[-3000:]
        return text

    def kill_node(self, node):
        """The daemon and everything it started, as when a machine loses its power."""
        steps = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True).stdout.splitlines()[1:]
        parents = {int(l.split()[0]): int(l.split()[1]) for l in steps}
        daemon = self.daemons[node].pid
        slurmstepds = [int(l.split()[0]) for l in steps if "slurmstepd" in l]
        doomed = {daemon} | {p for p in slurmstepds if parents.get(p) in (daemon,) or f"spool-{node}" in self.open_files(p)}
        grown = True
        while grown:
            more = {pid for pid, parent in parents.items() if parent in doomed and pid not in doomed}
            grown = bool(more)
            doomed |= more
        for pid in doomed:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.daemons.pop(node).wait()

    @staticmethod
    def open_files(pid):
        try:
            return " ".join(os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")) + os.readlink(f"/proc/{pid}/cwd")
        except OSError:
            return ""

    def stop(self):
        subprocess.run(["scancel", "--user", getpass.getuser()], env=self.environment, capture_output=True)
        for daemon in self.daemons.values():
            daemon.terminate()
        for daemon in self.daemons.values():
            try:
                daemon.wait(15)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


class Slurm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="flintlock_slurm.")
        cls.cluster = Cluster(cls.folder)

    @classmethod
    def tearDownClass(cls):
        cls.cluster.stop()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def sweep_file(self, name, points):
        path = os.path.join(self.folder, name + ".yaml")
        with open(path, "w") as file:
            file.write(f"sweep: {name}\nmachine: {ROOT}/configs/machines/tiny_8.yaml\nworkload: {ROOT}/workloads/gemm_example.yaml\naxes:\n"
                       f"  - {{key: workload.seed, from: 1, to: {points // 5}, step: 1}}\n"
                       "  - {key: matrix.columns, values: [2, 4, 8, 16, 6]}\nconstraints: [pes <= 60]\n")
        return path

    def command(self, *arguments):
        return [FLINTLOCK, "sweep", *arguments]

    def run_sweep(self, *arguments):
        done = subprocess.run(self.command(*arguments), env=self.cluster.environment, cwd=self.folder, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + self.cluster.logs())
        return done.stdout

    def rows(self, database):
        with sqlite3.connect(database) as db:
            return (db.execute("SELECT * FROM point ORDER BY hash").fetchall(),
                    db.execute("SELECT name, idx, hash, excluded FROM sweep_point JOIN sweep ON sweep.id=sweep_point.sweep ORDER BY name, idx").fetchall())

    def paths(self, name):
        return os.path.join(self.folder, name + "_local.sqlite"), os.path.join(self.folder, name + "_slurm.sqlite")

    def wait_for_shards(self, database, count):
        for _ in range(600):
            if sum(n.startswith("shard-") for n in os.listdir(database + ".slurm")) >= count if os.path.isdir(database + ".slurm") else False:
                return
            time.sleep(0.05)
        self.fail("no shard appeared\n" + self.cluster.logs())

    def test_two_nodes_give_the_local_database(self):
        file, (local, remote) = self.sweep_file("both", 500), self.paths("both")
        self.run_sweep(file, "--out", local)
        output = self.run_sweep(file, "--out", remote, "--slurm", "--chunk", "50")
        self.assertIn("500 points", output)
        self.assertEqual(self.rows(remote), self.rows(local))
        self.assertEqual(len(self.rows(local)[1]), 500)
        self.assertFalse(os.path.exists(remote + ".slurm"))

    def test_a_killed_node_loses_nothing(self):
        file, (local, remote) = self.sweep_file("killed", 500), self.paths("killed")
        self.run_sweep(file, "--out", local)
        collector = subprocess.Popen(self.command(file, "--out", remote, "--slurm", "--chunk", "25"), env=self.cluster.environment, cwd=self.folder,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.wait_for_shards(remote, 3)
        self.cluster.kill_node(NODES[1])
        output = collector.communicate(timeout=300)[0]
        self.cluster.start_node(NODES[1])
        self.cluster.wait_for_nodes(2)
        self.assertEqual(collector.returncode, 0, output + self.cluster.logs())
        self.assertEqual(self.rows(remote), self.rows(local))

    def test_a_killed_collector_goes_on(self):
        file, (local, remote) = self.sweep_file("resumed", 200), self.paths("resumed")
        self.run_sweep(file, "--out", local)
        collector = subprocess.Popen(self.command(file, "--out", remote, "--slurm", "--chunk", "20"), env=self.cluster.environment, cwd=self.folder,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_for_shards(remote, 1)
        collector.kill()
        collector.wait()
        self.assertRegex(self.run_sweep(file, "--out", remote, "--status"), r"of 10 chunks finished")
        self.run_sweep(file, "--out", remote, "--slurm", "--resume")
        self.assertEqual(self.rows(remote), self.rows(local))
        self.assertRegex(self.run_sweep(file, "--out", remote, "--status"), r"^200 of 200 points")

    def test_points_that_are_there_are_not_run_again(self):
        file, (local, remote) = self.sweep_file("known", 100), self.paths("known")
        self.run_sweep(file, "--out", local)
        shutil.copy(local, remote)
        with sqlite3.connect(remote) as db:
            db.execute("UPDATE point SET layers='kept' WHERE status='done'")
            db.execute("DELETE FROM point WHERE hash IN (SELECT hash FROM point LIMIT 30)")
        self.run_sweep(file, "--out", remote, "--slurm", "--chunk", "50")
        with sqlite3.connect(remote) as db:
            self.assertEqual(db.execute("SELECT count(*) FROM point").fetchone(), (len(self.rows(local)[0]),))
            self.assertGreater(db.execute("SELECT count(*) FROM point WHERE layers='kept'").fetchone()[0], 20)

    def test_a_changed_sweep_is_noticed(self):
        file, (_, remote) = self.sweep_file("changed", 100), self.paths("changed")
        self.run_sweep(file, "--out", remote, "--slurm", "--chunk", "10", "--no-wait")
        self.sweep_file("changed", 200)
        done = subprocess.run(self.command(file, "--out", remote, "--slurm"), env=self.cluster.environment, cwd=self.folder, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 2)
        self.assertIn("was changed since", done.stderr)


if __name__ == "__main__":
    unittest.main()
