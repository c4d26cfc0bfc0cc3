#!/bin/sh
# archive.sh FILE NAME FOLDER: what PostgreSQL runs for each file of its log that is complete (archive_command).
# A file is in the folder whole and on the disk, or not at all; only then this succeeds, and PostgreSQL may reuse its own.
set -eu
file=$1 name=$2 folder=$3
kept=$folder/$name.gz
partial=$folder/.$name.partial
# What found no room is not left to take what there is.
trap 'rm -f "$partial"' EXIT

if [ -e "$kept" ]; then
    # Asked again after a crash between our end and PostgreSQL's note of it. Another content is another database's.
    if gzip -dc "$kept" | cmp -s - "$file"; then
        sync "$kept" "$folder"
        exit 0
    fi
    echo "archive.sh: $kept is there already, with another content" >&2
    exit 1
fi
# What is left of a file after a switch is zeros, which take no room once compressed.
gzip -1 <"$file" >"$partial"
sync "$partial"
mv "$partial" "$kept"
sync "$folder"
