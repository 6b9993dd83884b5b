#!/bin/sh
# A real Slurm of one node on the loopback address: an array of four shards with its merge job leaves
# the bytes that one process leaves, also when a task is requeued in the middle.
#
#     tests/slurm/drill.sh [HESSIAN]
#
# Needs root. Everything, munge's key and socket too, is in one temporary folder and ends with it.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
HESSIAN=$(realpath "${1:-target/release/hessian}")
export HESSIAN

fail() {
    echo "slurm drill: $*" >&2
    tail -n 20 "$work"/slurm/*.log "$work"/*.shards/log/*.log >&2 2>/dev/null || true
    exit 1
}

if [ "$(id -u)" != 0 ]; then
    echo "slurm drill: needs root, to start slurmd; run it as root" >&2
    exit 2
fi
if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge \
        >/dev/null
fi

work=$(mktemp -d)
slurm=$work/slurm
mkdir -p "$slurm/state" "$slurm/spool"
chmod 755 "$work" "$slurm"
end() {
    status=$?
    trap - EXIT INT TERM
    for daemon in slurmd slurmctld munged; do
        if [ -s "$slurm/$daemon.pid" ]; then
            kill "$(cat "$slurm/$daemon.pid")" 2>/dev/null || true
        fi
    done
    # they write until they end, and remove that file then
    for daemon in slurmd slurmctld munged; do
        for _ in $(seq 50); do
            [ -s "$slurm/$daemon.pid" ] || break
            sleep 0.1
        done
    done
    rm -rf "$work"
    exit $status
}
trap end EXIT INT TERM

# ports that nobody listens on
free() {
    port=$1
    while ss -ltn | grep -q ":$port "; do
        port=$((port + 1))
    done
    echo "$port"
}
controller=$(free 16817)
node=$(free $((controller + 1)))
cpus=$(nproc)
cat > "$slurm/slurm.conf" <<CONF
ClusterName=drill
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# a requeued task waits as long as its first credential could live, by default two minutes
AuthInfo=socket=$slurm/munge.socket,cred_expire=5
CredType=cred/munge
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmctldPort=$controller
SlurmdPort=$node
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd.pid
SlurmctldLogFile=$slurm/slurmctld.log
SlurmdLogFile=$slurm/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=5
NodeName=localhost NodeAddr=127.0.0.1 NodeHostname=localhost CPUs=$cpus State=UNKNOWN
PartitionName=sweep Nodes=localhost Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF="$slurm/slurm.conf"
(umask 077 && head -c 1024 /dev/urandom > "$slurm/munge.key")
munged --key-file="$slurm/munge.key" --socket="$slurm/munge.socket" --pid-file="$slurm/munged.pid" \
    --log-file="$slurm/munged.log" --seed-file="$slurm/munged.seed" --num-threads=1 \
    2>"$slurm/munged.err.log" || fail "munged does not start"
slurmctld -c -f "$SLURM_CONF" || fail "slurmctld does not start"
slurmd -N localhost -c -f "$SLURM_CONF" || fail "slurmd does not start"

wait_for() {
    what=$1 seconds=$2
    shift 2
    for _ in $(seq $((seconds * 5))); do
        if "$@"; then
            return
        fi
        sleep 0.2
    done
    fail "no $what in $seconds seconds"
}
idle() { sinfo --noheader --format %t 2>/dev/null | grep -q idle; }
ended() { [ -z "$(squeue --noheader --jobs "$1" 2>/dev/null)" ]; }
wait_for "idle node" 30 idle

spec=$root/tests/slurm/sweep.toml
tasks=400
cd "$work"
"$HESSIAN" run "$spec" --quiet --out "$work/whole" >/dev/null || fail "the run of one process"

# the folder holds the files and bytes of one process, but for what differs between machines and
# moments
same() {
    test "$(wc -l < "$1/records.jsonl")" = $tasks || fail "$1 has not $tasks records"
    diff -r --exclude=machine.json --exclude=.lock whole "$1" >&2 || fail "$1 differs from one process"
}

start=$(date +%s)
jobs=$("$root/sims/slurm/submit.sh" "$spec" 4 "$work/array" --quiet)
wait_for "end of jobs $jobs" 60 ended "${jobs#* }"
same array
echo "slurm drill: an array of 4 and its merge: $tasks records, the bytes of one process" \
    "($(($(date +%s) - start)) s)"

start=$(date +%s)
jobs=$("$root/sims/slurm/submit.sh" "$spec" 4 "$work/requeued")
journal=$work/requeued.shards/1/records.partial.jsonl
lines() { if [ -f "$journal" ]; then wc -l < "$journal"; else echo 0; fi; }
begun() { [ "$(lines)" -ge 10 ]; }
wait_for "10 records of shard 1" 30 begun
scontrol requeue "${jobs% *}_1"
restarted() { grep -q "start 2" "$work/requeued.shards/log/${jobs% *}_1.log"; }
wait_for "second start of shard 1" 60 restarted
wait_for "end of jobs $jobs" 60 ended "${jobs#* }"
log=$work/requeued.shards/log/${jobs% *}_1.log
kept=$(sed -n 's/^\([0-9]*\) of 100 tasks were already in.*/\1/p' "$log" | tail -n 1)
if [ -z "$kept" ] || [ "$kept" -lt 10 ] || [ "$kept" -ge 100 ]; then
    fail "the requeued task kept ${kept:-none} of its 100 records, so it was not requeued in the middle"
fi
same requeued
echo "slurm drill: a task requeued after $kept of 100 records: the bytes of one process" \
    "($(($(date +%s) - start)) s)"
