#!/bin/sh
# The job behind the array: joins the shards that submit.sh's tasks left. It refuses, naming the
# tasks, when one is missing; submit.sh, called again, computes just those.
#SBATCH --job-name=hessian-merge
#SBATCH --open-mode=append
set -eu

hessian=$1 shards=$2 out=$3
set --
for manifest in "$shards"/*/manifest.json; do
    set -- "$@" "${manifest%/manifest.json}"
done
exec "$hessian" merge "$@" --out "$out"
