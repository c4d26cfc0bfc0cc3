#!/bin/sh
# guard.sh DATA...: waits until its standard input ends, as when whoever started it is gone, however that came; then ends
# the servers that pg_upgrade has started in these folders. They are in sessions of their own, and would run on.
cat >/dev/null
# One that is just being started shows itself a moment later.
for _ in 1 2 3 4 5 6 7 8 9 10; do
    for data in "$@"; do
        pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) || continue
        # Only pg_upgrade starts a server with this option.
        if tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qx -e -b; then
            kill -INT "$pid"
        fi
    done
    sleep 0.5
done
