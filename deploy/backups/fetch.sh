#!/bin/sh
# fetch.sh NAME TARGET FOLDER [LOG]: what PostgreSQL runs for each file of the log that it needs (restore_command).
# LOG is the folder of the log of a database that does not run, with what had not been archived when it ended.
set -eu
name=$1 target=$2 kept=$3/$1.gz log=${4:-}

if [ -e "$kept" ]; then
    # A damaged file must not look like one that is missing, which is where the log ends: over 125 ends the recovery.
    gzip -dc "$kept" >"$target" || exit 200
elif [ -n "$log" ] && [ -e "$log/$name" ]; then
    cp "$log/$name" "$target" || exit 200
else
    exit 1
fi
