#!/bin/sh
# Tests an app with webhooks, as a CI job does: starts the app and a tunnel, sends signed and forged deliveries, waits for what becomes of them, asserts.
# Needs devhook, node and curl on the PATH. Exit 0: all is as it should be. Folders, ports and secret are its own; WEBHOOKS_REPORT names a file that
# gets the deliveries when something is wrong.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
report=${WEBHOOKS_REPORT:-}
case $report in '' | /*) ;; *) report=$PWD/$report ;; esac

work=$(mktemp -d)
cd "$work" # no devhook.config.json from elsewhere
unset DEVHOOK_SERVER DEVHOOK_TOKEN DEVHOOK_NAME DEVHOOK_TARGET
export DEVHOOK_DATA_DIR="$work/data" XDG_CONFIG_HOME="$work/config"
export DEVHOOK_SECRET_STRIPE=whsec_made_up_for_this_run

app=
tunnel=
finish() {
  status=$?
  trap - EXIT
  if [ "$status" -ne 0 ]; then
    cat "$work"/*.log >&2 || true
    devhook events >&2 || true
    # secrets are taken out of it
    [ -z "$report" ] || devhook export --filter 'age:<1h' --as jsonl --out "$report" || true
  fi
  for pid in $tunnel $app; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# field NAME: that member of the JSON object on stdin
field() { node -p 'JSON.parse(require("fs").readFileSync(0, "utf8"))[process.argv[1]]' "$1"; }

# check WHAT ACTUAL EXPECTED
check() {
  if [ "$2" != "$3" ]; then
    echo "not ok: $1: expected $3, got $2" >&2
    exit 1
  fi
  echo "ok: $1"
}

# A pipe is read until the line that says "ready": nothing is polled, and if the program ends first, so does this.
mkfifo app.out tunnel.out
node "$here/app.mjs" >app.out 2>app.log &
app=$!
read -r port <app.out

devhook start "$port" --port 0 --provider stripe --verify enforce --json >tunnel.out 2>tunnel.log &
tunnel=$!
exec 3<tunnel.out
ready=
while read -r line <&3; do
  case $line in *'"type":"ready"'*)
    ready=$line
    break
    ;;
  esac
done
[ -n "$ready" ] || exit 1
cat <&3 >events.ndjson &
url=$(echo "$ready" | field url)

# post FILE [CURL OPTION...]: prints the status of the answer
post() {
  file=$1
  shift
  curl -sS -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' --data-binary "@$file" "$@" "$url/webhooks"
}

echo '{"id":"evt_1","type":"checkout.session.completed","data":{"object":{"id":"cs_1"}}}' >paid.json
devhook sign @paid.json --provider stripe >signature

check 'a signed event is taken' "$(post paid.json -H @signature)" 200
first=$(devhook wait --filter 'type:checkout.* sig:valid status:200' --json | field id)

# From here on only what is recorded after that one counts; nothing that comes between two calls is missed.
check 'the same event again is taken' "$(post paid.json -H @signature)" 200
again=$(devhook wait --after "$first" --filter 'is:dup status:200' --json)
check 'devhook knows the repetition' "$(echo "$again" | field duplicateOf)" "$first"

sed 's/cs_1/cs_2/; s/evt_1/evt_2/' paid.json >forged.json
check 'a forged event is refused' "$(post forged.json -H @signature)" 401
devhook wait --after "$first" --filter 'sig:invalid status:401' --json >/dev/null
check 'an unsigned event is refused' "$(post forged.json)" 401

check 'the app has kept one payment' "$(curl -sS "http://127.0.0.1:$port/")" '["cs_1"]'
