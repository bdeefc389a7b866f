# Restarts a process, or starts it if it does not run: sh process.sh restart|start PID_FILE LOG DIRECTORY SECONDS COMMAND…
# Prints what it did. All that comes from elsewhere is an argument, never text of this script.
verb=$1 pid_file=$2 log=$3 directory=$4 seconds=$5
shift 5

runs() { # alive, and not only waiting to be collected
  state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
  [ -n "$state" ] && [ "$state" != Z ]
}

is_ours() { # by now the number in an old file may be another's
  for part in "$@"; do
    tr '\0' '\n' <"/proc/$pid/cmdline" | grep -Fxq -e "$part" || return 1
  done
}

stop() {
  kill -s TERM "$pid"
  tenths=0
  while runs "$pid"; do
    [ "$tenths" -eq $((seconds * 10)) ] && kill -s KILL "$pid"
    if [ "$tenths" -ge $((seconds * 10 + 50)) ]; then
      echo "process $pid does not end" >&2
      exit 1
    fi
    tenths=$((tenths + 1))
    sleep 0.1
  done
  echo "stopped $pid"
}

pid=
[ -r "$pid_file" ] && pid=$(tr -cd 0-9 <"$pid_file")
if [ -n "$pid" ] && runs "$pid" && is_ours "$@"; then
  if [ "$verb" = start ]; then
    echo "$pid runs"
    exit 0
  fi
  stop
fi

cd "$directory" || exit 1
# The reader of our output must not wait for the process that we leave behind.
exec 3>&1 4>&2 </dev/null >>"$log" 2>&1 || exit 1
env -i PATH="$PATH" HOME="$directory" setsid "$@" 3>&- 4>&- &
pid=$!
echo "$pid" >"$pid_file.new" && mv "$pid_file.new" "$pid_file" || exit 1
sleep 0.3
if ! runs "$pid"; then
  echo "it ended at once; see $log" >&4
  exit 1
fi
echo "started $pid" >&3
