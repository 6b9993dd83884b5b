"""The bench `peers` of `hessian` as a process that is asked for jobs."""

import json
import os
import subprocess

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


class Ours:
    """The bench process, a thread on each of its processors; one line asks for a job, one line answers."""

    name = "hessian"

    def __init__(self, binary, folder, dtype, cpus):
        self.process = subprocess.Popen(["taskset", "-c", ",".join(map(str, cpus)), binary, folder, dtype,
                                         str(len(cpus))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, job, calls, arguments):
        before = self.processor_seconds()
        print(job, calls, *arguments, file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        answer["cpu"] = (self.processor_seconds() - before) / max(calls, 1)
        return answer

    def processor_seconds(self):
        total = 0
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            with open(f"/proc/{self.process.pid}/task/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        return total * 1e-9

    def peak_memory(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def build():
    """The built bench `peers`."""
    out = subprocess.run(["cargo", "bench", "--bench", "peers", "--no-run", "--message-format=json"], cwd=ROOT,
                         stdout=subprocess.PIPE, text=True, check=True).stdout
    messages = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    # the library's own program is built beside the bench
    benches = [m for m in messages if m.get("target", {}).get("name") == "peers" and m.get("executable")]
    return benches[-1]["executable"]
