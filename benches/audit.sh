#!/usr/bin/env bash
# The chain and `information_schema` over a long audit: DAYS days with RECORDS audit records each, of which JOBS are jobs. Aims: one day of
# `tasks_history` within 200 ms, 500,000 records a second through `odpsh check`. Needs a release build.
#
# usage: benches/audit.sh [path of a release build of odpsh]          DAYS=10 RECORDS=100000 JOBS=1000 RUNS=9 benches/audit.sh
set -euo pipefail
cd "$(dirname "$0")/.."
odpsh=${1:-${CARGO_TARGET_DIR:-target}/release/odpsh}
days=${DAYS:-10} records=${RECORDS:-100000} jobs=${JOBS:-1000} runs=${RUNS:-9}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/state"
export ODPSH_STATE="$folder/state/world.db" ODPSH_ROOT_KEY="$folder/root.key"

# Milliseconds of one run.
once() {
  local start=${EPOCHREALTIME/./}
  "$@" > "$folder/out" 2>&1 || { cat "$folder/out" >&2; exit 1; }
  echo $(((${EPOCHREALTIME/./} - start) / 1000))
}
median() { sort -n | sed -n "$(((runs + 1) / 2))p"; }

awk -v days="$days" -v records="$records" -v jobs="$jobs" 'BEGIN {
  print "use sandbox; create table t (id bigint); insert into t values (1);"
  for (day = 0; day < days; day++) {
    print ".clock -1d"
    for (n = 0; n < jobs; n++) print "select count(*) from t;"
    for (; n < records; n++) print "whoami;"
  }
}' > "$folder/make.odps"
"$odpsh" -f "$folder/make.odps" > "$folder/made" 2>&1 || { tail -3 "$folder/made" >&2; exit 1; }

day=$(TZ=Asia/Shanghai date -d "-$((days / 2)) days" +%Y%m%d)
query="use sandbox; select count(*), max(end_time) from information_schema.tasks_history where ds = '$day';"
once "$odpsh" -e "$query" > /dev/null
grep -q "$jobs" "$folder/out" || { echo "tasks_history does not list $jobs jobs on $day:" >&2; cat "$folder/out" >&2; exit 1; }
for _ in $(seq "$runs"); do
  once "$odpsh" -e "$query" >> "$folder/query"
  once "$odpsh" check >> "$folder/check"
  once "$odpsh" -e 'whoami;' >> "$folder/start"
done
total=$((days * records)) query=$(median < "$folder/query") check=$(median < "$folder/check") start=$(median < "$folder/start")
printf 'tasks_history, one day of %s among %s audit records, %s jobs: %s ms, of which a start takes %s ms; at most 200: %s\n' "$days" "$total" \
  $((days * jobs)) "$query" "$start" "$([ "$query" -le 200 ] && echo met || echo 'not met')"
rate=$((total / (check > start ? check - start : 1)))
printf 'odpsh check: %s ms over %s records: %s thousand a second, at least 500: %s\n' "$check" "$total" "$rate" \
  "$([ "$rate" -ge 500 ] && echo met || echo 'not met')"
