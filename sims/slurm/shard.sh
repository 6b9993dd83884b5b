#!/bin/sh
# One task of the array: shard i of n, into a folder of its own. submit.sh submits it; when a task is
# killed, requeued or submitted again, it goes on from the records that are in that folder.
#SBATCH --job-name=hessian-shard
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#SBATCH --open-mode=append
# a minute before the time limit: hessian stops, keeps what is done, and ends with 130
#SBATCH --signal=B:TERM@60
set -eu

# the number of shards is an argument and not SLURM_ARRAY_TASK_COUNT: --array=3 submits shard 3 of the
# same n once more
hessian=$1 spec=$2 n=$3 shards=$4
shift 4
i=$SLURM_ARRAY_TASK_ID
echo "shard $i/$n on $(hostname), start $((${SLURM_RESTART_COUNT:-0} + 1))" >&2
exec "$hessian" run "$spec" --shard "$i/$n" --out "$shards/$i" \
    --threads "${SLURM_CPUS_PER_TASK:-1}" "$@"
