#!/bin/sh
# Runs any sim as a Slurm job array of n shards, and a job behind it that joins them:
#
#     sims/slurm/submit.sh SPEC N OUT [option of `hessian run`]...
#     sims/slurm/submit.sh sims/loss-surface.toml 20 output/loss-surface-full --profile full
#
# The records in OUT are, byte for byte, those of one process. Shards and logs are in OUT.shards; the
# folder must be on a file system that all nodes see. Called again, it goes on where it stopped.
#
# HESSIAN is the program [hessian of PATH, else target/release/hessian]; SBATCH_ARRAY_OPTIONS are more
# options for the array, such as "--time=2:00:00 --cpus-per-task=4 --array=0-19%8". Prints the numbers
# of the two jobs.
set -eu

if [ $# -lt 3 ]; then
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
spec=$1 n=$2 out=$3
shift 3
here=$(cd "$(dirname "$0")" && pwd)
hessian=${HESSIAN:-$(command -v hessian || echo "$here/../../target/release/hessian")}
if [ ! -x "$hessian" ]; then
    echo "$hessian: expected the program hessian; build it, or set HESSIAN" >&2
    exit 2
fi
shards=$out.shards
mkdir -p "$shards/log"

# a task takes the scheduler a second or more: a shard should last half a minute at least
# shellcheck disable=SC2086 # the options are words
array=$(sbatch --parsable --array="0-$((n - 1))" --output="$shards/log/%A_%a.log" \
    ${SBATCH_ARRAY_OPTIONS:-} "$here/shard.sh" "$hessian" "$spec" "$n" "$shards" "$@")
# afterany, not afterok: a shard that failed is named by merge, with what to do
merge=$(sbatch --parsable --dependency="afterany:$array" --output="$shards/log/merge_%j.log" \
    "$here/merge.sh" "$hessian" "$shards" "$out")
echo "$array $merge"
