#!/bin/sh
# Installs Rocq and its libraries from Debian 12; does nothing where they are there.
set -eu

if command -v coqc >/dev/null; then
    contrib=$(coqc -where)/user-contrib
    missing=0
    for library in mathcomp/ssreflect mathcomp/fingroup mathcomp/algebra mathcomp/algebra_tactics \
        Coquelicot Interval; do
        [ -d "$contrib/$library" ] || missing=1
    done
    [ "$missing" = 1 ] || exit 0
fi

sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get update
$sudo apt-get install -y --no-install-recommends coq libcoq-mathcomp-ssreflect \
    libcoq-mathcomp-fingroup libcoq-mathcomp-algebra libcoq-mathcomp-algebra-tactics \
    libcoq-coquelicot libcoq-interval
