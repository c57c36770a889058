#!/usr/bin/env bash
# An encrypted project against a plain one: writing and scanning the same rows, in turn. Aim: at least 0.7 times the speed. Needs a release build.
#
# usage: benches/encryption.sh [path of a release build of odpsh]          ROWS=4000000 RUNS=7 benches/encryption.sh
set -euo pipefail
cd "$(dirname "$0")/.."
odpsh=${1:-${CARGO_TARGET_DIR:-target}/release/odpsh}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/state"
export ODPSH_STATE="$folder/state/world.db" ODPSH_ROOT_KEY="$folder/root.key"

run() { "$odpsh" -e "$1" > /dev/null 2>&1 || { echo "failed: $1" >&2; exit 1; }; }

# Microseconds of one run.
once() {
  local start=${EPOCHREALTIME/./}
  run "$1"
  echo $((${EPOCHREALTIME/./} - start))
}

median() { sort -n | sed -n "$(((${RUNS:-7} + 1) / 2))p"; }

rows=${ROWS:-4000000}
"$odpsh" -e "whoami;" > /dev/null 2>&1
for kind in plain encrypted; do
  printf '.project create %s%s\n' "$kind" "$([ "$kind" = encrypted ] && echo ' encrypted')" | "$odpsh" > /dev/null 2>&1
  run "use $kind;
    create table source as select id, concat('name of ', id * 7919 % 1000003) as name, id * 31 % 1000000 / 100 as price,
      concat('a note that is some words long, ', md5(cast(id as string))) as note
      from (select many * 1000 + few as id from (select explode(sequence(0, $((rows / 1000 - 1)))) as many) m
        cross join (select explode(sequence(1, 1000)) as few) f) x;
    create table target like source;"
done
declare -A taken
for run in $(seq "${RUNS:-7}"); do
  for kind in plain encrypted; do
    taken[write_$kind]+=$(once "use $kind; insert overwrite table target select * from plain.source;")$'\n'
    taken[scan_$kind]+=$(once "use $kind; select count(name), sum(price), max(note) from source;")$'\n'
    taken[start_$kind]+=$(once "use $kind; whoami;")$'\n'
  done
done
for what in write scan; do
  plain=$(median <<< "${taken[${what}_plain]%$'\n'}") encrypted=$(median <<< "${taken[${what}_encrypted]%$'\n'}")
  printf '%s of %s rows: plain %s ms, encrypted %s ms: %s %% of the speed of plain (median of %s; a start takes %s ms)\n' "$what" "$rows" \
    $((plain / 1000)) $((encrypted / 1000)) $((plain * 100 / encrypted)) "${RUNS:-7}" $(($(median <<< "${taken[start_plain]%$'\n'}") / 1000))
done
