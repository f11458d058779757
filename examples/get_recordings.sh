#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Downloads the public recordings of recordings.csv, checks their SHA-256 and writes SigMF pairs.
# Usage: bash get_recordings.sh FOLDER [NAME...]        without NAME: all of them, about 19 MB
#
# RECORDINGS_URL replaces https://raw.githubusercontent.com, for a mirror of the same layout;
# RECORDINGS_LIST replaces recordings.csv.

set -euo pipefail

url=${RECORDINGS_URL:-https://raw.githubusercontent.com}
list=${RECORDINGS_LIST:-$(dirname "${BASH_SOURCE[0]}")/recordings.csv}

die() {
    echo "get_recordings: $*" >&2
    exit 1
}

[ $# -ge 1 ] || die "usage: bash get_recordings.sh FOLDER [NAME...]"
folder=$1
shift
command -v curl >/dev/null || die "curl is missing; on Debian: apt-get install curl"
[ -r "$list" ] || die "$list: cannot be read"
for name in "$@"; do
    grep -q "^$name," "$list" || die "$name: not in $list"
done

made=
[ -d "$folder" ] || made=$folder
mkdir -p "$folder" || die "$folder: cannot be made"
scratch=$(mktemp -d "$folder/.download.XXXXXX")
clean_up() {
    rm -rf "$scratch"
    [ -z "$made" ] || rmdir --ignore-fail-on-non-empty "$made"
}
trap clean_up EXIT

# Downloads ADDRESS into FILE.
download() {
    local problem status=0
    problem=$(curl -sSfL --connect-timeout 20 --max-time 600 -o "$2" "$1" 2>&1) || status=$?
    case $status in
        0) ;;
        22) die "$1: the server has no such file (HTTP ${problem##* })" ;;
        *) die "$1: cannot be downloaded: ${problem#curl: (*) }" ;;
    esac
}

# Prints the SigMF metadata of a recording. The description names the source.
write_meta() {
    local description="$label, from $repository, commit $commit, $path ($license)"
    printf '{\n  "global": {\n    "core:datatype": "%s",\n' "$datatype"
    [ -z "$rate" ] || printf '    "core:sample_rate": %s,\n' "$rate"
    printf '    "core:version": "1.2.6",\n    "core:description": "%s"\n  },\n' "$description"
    printf '  "captures": [\n    {\n      "core:sample_start": 0'
    [ -z "$frequency" ] || printf ',\n      "core:frequency": %s' "$frequency"
    printf '\n    }\n  ],\n  "annotations": []\n}\n'
}

while IFS=, read -r name label rf14 license datatype rate frequency skip bytes sha256 \
    repository commit path; do
    [ "$name" != name ] || continue # the heading
    [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
    address=$url/$repository/$commit/$path
    download "$address" "$scratch/file"
    found=$(sha256sum <"$scratch/file")
    [ "${found%% *}" = "$sha256" ] ||
        die "$address: the SHA-256 must be $sha256, got ${found%% *}"
    head -c "$((skip + bytes))" "$scratch/file" | tail -c "+$((skip + 1))" >"$scratch/data"
    write_meta >"$scratch/meta"
    mv "$scratch/data" "$folder/$name.sigmf-data"
    mv "$scratch/meta" "$folder/$name.sigmf-meta"
    echo "$folder/$name.sigmf-meta: $label, from $repository ($license)"
done <"$list"
