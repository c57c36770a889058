#!/usr/bin/env bash
# The 22 queries of TPC-H against DuckDB on its own storage: both read the same rows, in turn, and must answer the same. Checks and audit
# are on. Needs a release build and python3; data and DuckDB come from PyPI.
#
# usage: benches/tpch.sh [path of a release build of odpsh]          SCALE=1 RUNS=3 ONLY='q7 q8' benches/tpch.sh
set -euo pipefail
cd "$(dirname "$0")/.."
odpsh=${1:-${CARGO_TARGET_DIR:-target}/release/odpsh}
folder=${ODPSH_TPCH:-$(mktemp -d)}
[ -n "${ODPSH_TPCH:-}" ] || trap 'rm -rf "$folder"' EXIT
export SCALE=${SCALE:-1}

if [ ! -e "$folder/odpsh.db" ]; then
  if ! { python3 -m venv "$folder/venv" && "$folder/venv/bin/pip" install --quiet duckdb tpchgen-cli; } > /dev/null 2>&1; then
    echo "TPC-H: skipped, duckdb and tpchgen-cli cannot be installed here"
    exit
  fi
  "$folder/venv/bin/tpchgen-cli" parquet -s "$SCALE" --output-dir "$folder/files" > /dev/null
  for file in "$folder"/files/*.parquet; do
    mkdir -p "$folder/files/$(basename "$file" .parquet)" && mv "$file" "$folder/files/$(basename "$file" .parquet)/"
  done
  python3 benches/tpch/make_tables.py "$folder/files" > "$folder/tables.odps"
  "$odpsh" --state "$folder/odpsh.db" -f "$folder/tables.odps" > "$folder/made" 2>&1 || { cat "$folder/made" >&2; exit 1; }
fi
"$folder/venv/bin/python" benches/tpch/compare.py "$odpsh" "$folder"
