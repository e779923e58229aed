#!/usr/bin/env bash
# All balances of one ledger, from cold, by creditop, hledger and ledger: the same entries, one run after the other.
#
#   benches/compare.sh [ENTRIES…]        (10000 100000 1000000)
#
# Prints seconds and the most memory used. What is not installed is left out and said so. The journal for the other two holds what
# moves credits: grants, spends, captures and reversals; holds move none. CREDITOP names another binary than the release build.
set -euo pipefail
cd "$(dirname "$0")/.."

clock=$(command -v time || true)
if [[ -z $clock ]]; then
    echo "GNU time is not installed: nothing can be measured" >&2
    exit 1
fi
target=${CARGO_TARGET_DIR:-target}
creditop=${CREDITOP:-$target/release/creditop}
[[ -n ${CREDITOP:-} ]] || cargo build --release --quiet
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# measure NAME COMMAND… : the best of three.
measure() {
    local name=$1
    shift
    for _ in 1 2 3; do
        "$clock" -f '%e s %M KB' "$@" 2>&1 >"$folder/balances" | tail -n 1
    done | sort -n | head -n 1 | awk -v name="$name" '{ printf "  %-28s %8.2f s %8.0f MB\n", name, $1, $3 / 1024 }'
}

journal() {
    awk '
    function field(name,   at, rest) {
        at = index($0, "\"" name "\":")
        if (!at) return ""
        rest = substr($0, at + length(name) + 3)
        sub(/^"/, "", rest)
        sub(/[",}].*$/, "", rest)
        return rest
    }
    function move(amount) {
        printf "%s %s\n    assets:%s  %s\n    moved\n\n", substr(field("at"), 1, 10), field("ref"), field("account"), amount
    }
    { kind = field("kind"); amount = field("amount"); taken[field("ref")] = amount }
    kind == "grant" { move(amount) }
    kind == "spend" || kind == "capture" { move(-amount) }
    kind == "reverse" { move(taken[field("reverses")]) }
    ' "$1"
}

for entries in "${@:-10000 100000 1000000}"; do
    for count in $entries; do
        cargo bench --quiet --bench ledger -- --make "$folder/$count" "$count"
        place=("--config" "$folder/$count/config.toml" "--data-dir" "$folder/$count/data" "--now" "2026-11-20T09:00:00Z")
        echo "$count entries over 50 accounts"
        "$clock" -f '%e s %M KB' "$creditop" "${place[@]}" ledger import "$folder/$count/entries.jsonl" 2>&1 >/dev/null |
            awk '{ printf "  %-28s %8.2f s %8.0f MB\n", "creditop ledger import", $1, $3 / 1024 }'
        # The first one leaves checkpoints behind, from which the others start; hledger and ledger have none.
        "$clock" -f '%e s %M KB' "$creditop" "${place[@]}" status --offline --json 2>&1 >/dev/null |
            awk '{ printf "  %-28s %8.2f s %8.0f MB\n", "creditop status, cold", $1, $3 / 1024 }'
        measure "creditop status, checkpoints" "$creditop" "${place[@]}" status --offline --json
        journal "$folder/$count/entries.jsonl" >"$folder/$count.journal"
        for other in hledger ledger; do
            if command -v "$other" >/dev/null; then
                measure "$other balance" "$other" -f "$folder/$count.journal" balance assets
            else
                echo "  $other is not installed: left out"
            fi
        done
        rm -rf "${folder:?}/$count" "$folder/$count.journal"
    done
done
