// The functions of a churn script: POSIX shell, the same in every script.
// Invariant: a process is signalled only while `ps` shows it as a child of the script; every way out but KILL cleans up.

/** What comes before the steps. */
export const SCRIPT_FUNCTIONS = String.raw`# Of the peer at hand.
state='' pid='' coming='' back='' paused=0 name='' pid_file='' fault='' between=''

# Milliseconds since 1970, to the second where date has no finer clock.
now() {
  now_ms=$(date +%s%3N)
  case $now_ms in *[!0-9]*) now_ms=$(date +%s)000 ;; esac
}

say() {
  now
  printf '%7d ms  %s\n' "$((now_ms - start_ms))" "$1"
}

# A line of the event log, which quicksoak check reads.
emit() {
  now
  printf '{"timeMs":%s,%s}\n' "$now_ms" "$1" >>"$events"
}

trouble() {
  say "$1" >&2
  troubles=$((troubles + 1))
}

run() {
  "$@" || trouble "failed with status $?: $*"
}

# The children that run now; a number that was given to another process meanwhile is none of them.
census() {
  alive=" $(ps -A -o pid= -o ppid= -o stat= | awk -v us="$$" '$2 == us && $3 !~ /^Z/ { printf "%s ", $1 }')"
}

runs() {
  case $alive in *" $1 "*) return 0 ;; *) return 1 ;; esac
}

# State of a peer: fresh, up, stopping or down.
load() {
  eval "state=\$state_$1 pid=\$pid_$1 coming=\$coming_$1 back=\$back_$1 paused=\$paused_$1"
  about "$1"
}

begin() {
  launch "$1"
  pid=$!
  begun=$((begun + 1))
  eval "state_$1=up pid_$1=\$pid coming_$1= back_$1="
  printf '%s\n' "$pid" >"$pid_file"
  say "start p$1, process $pid"
  emit "\"kind\":\"up\",\"node\":$name"
  [ "$paused" -eq 0 ] || run send pause "$1"
}

# The process of a peer is over.
gone() {
  wait "$pid" 2>/dev/null
  eval "state_$1=down pid_$1="
  rm -f -- "$pid_file"
  emit "\"kind\":\"down\",\"node\":$name,\"reason\":\"$2\""
}

inert() {
  say "inert: $1"
}

# Waits up to $2 tenths of a second for the end of process $1.
await_end() {
  tenths=$2
  census
  while runs "$1"; do
    [ "$tenths" -gt 0 ] || return 1
    tenths=$((tenths - 1))
    nap 100
    census
  done
}

# Who has come to an end by now.
settle() {
  census
  stopping=0
  for peer in $peers; do
    load "$peer"
    case $state in
      up)
        runs "$pid" && continue
        trouble "p$peer ended by itself"
        gone "$peer" killed
        lost=$((lost + 1))
        ;;
      stopping)
        if runs "$pid"; then
          stopping=1
          continue
        fi
        say "p$peer has stopped"
        gone "$peer" stopped
        [ -z "$back" ] || begin "$peer"
        ;;
    esac
  done
  if [ "$begun" -ge "$initial" ] && [ "$lost" -eq "$begun" ]; then
    say "given up: all that was started ($begun) ended by itself, so that nothing is left to churn; the logs of the peers say why" >&2
    exit 1
  fi
}

nap() {
  sleep "$(($1 / 1000)).$(printf '%03d' "$(($1 % 1000))")" &
  sleeper=$!
  wait "$sleeper"
  sleeper=''
}

# Until $1 milliseconds after the start; who ends by itself is missed within a second.
wait_until() {
  while :; do
    settle
    now
    left=$((start_ms + $1 - now_ms))
    [ "$left" -gt 0 ] || return 0
    [ "$left" -le 1000 ] || left=1000
    if [ "$stopping" -gt 0 ] && [ "$left" -gt 200 ]; then left=200; fi
    nap "$left"
  done
}

is_up() {
  load "$1"
  [ "$state" = up ] && return 0
  inert "p$1 does not run"
  return 1
}

begin_peer() {
  load "$1"
  if [ "$state" = fresh ] && [ -z "$coming" ]; then begin "$1"; else inert "p$1 has lived, or is about to"; fi
}

rejoin_peer() {
  load "$1"
  if [ "$state" = down ] && [ -z "$coming" ]; then begin "$1"; else inert "p$1 is not down for good"; fi
}

kill_peer() {
  load "$1"
  case $state in
    up | stopping) ;;
    *)
      inert "p$1 does not run"
      return 1
      ;;
  esac
  say "kill p$1"
  run send kill "$1"
  await_end "$pid" 100 || trouble "p$1 does not end although it was killed"
  gone "$1" killed
}

stop_peer() {
  is_up "$1" || return 1
  say "stop p$1"
  emit "\"kind\":\"stopping\",\"node\":$name"
  run send stop "$1"
  eval "state_$1=stopping"
}

restart_peer() {
  load "$1"
  if [ -n "$coming" ]; then
    inert "p$1 is coming back"
    return
  fi
  "$2_peer" "$1" && eval "coming_$1=\$3"
}

respawn_peer() {
  load "$2"
  if [ "$state" != fresh ] || [ -n "$coming" ]; then
    inert "p$2 is not fresh"
    return
  fi
  kill_peer "$1" && eval "coming_$2=\$3"
}

# The end of a restart or respawn, if that took effect.
return_peer() {
  load "$1"
  [ "$coming" = "$2" ] || return 0
  case $state in
    stopping) eval "coming_$1= back_$1=1" ;;
    up) eval "coming_$1=" ;;
    *) begin "$1" ;;
  esac
}

pause_peer() {
  load "$1"
  eval "paused_$1=\$((paused + 1))"
  [ "$paused" -eq 0 ] || return 0
  emit "\"kind\":\"fault-began\",\"name\":\"pause p$1\",\"peers\":[$name]"
  case $state in up | stopping)
    say "pause p$1"
    run send pause "$1"
    ;;
  esac
}

resume_peer() {
  load "$1"
  [ "$paused" -gt 0 ] || return 0
  eval "paused_$1=\$((paused - 1))"
  [ "$paused" -eq 1 ] || return 0
  case $state in up | stopping)
    say "resume p$1"
    run send resume "$1"
    ;;
  esac
  emit "\"kind\":\"fault-ended\",\"name\":\"pause p$1\""
}

# An act of the peer that was loaded last: its name as JSON, and the command.
act() {
  act_name=$1
  shift
  say "act $act_name"
  emit "\"kind\":\"action\",\"name\":$act_name"
  run "$@"
}

cut() {
  eval "fault=\$fault_$1 between=\$between_$1"
  say "cut $fault"
  emit "\"kind\":\"fault-began\",\"name\":$fault,\"peers\":$between"
  "cut_$1"
  cuts="$cuts $1"
}

mend() {
  eval "fault=\$fault_$1 between=\$between_$1"
  say "mend $fault"
  "mend_$1"
  emit "\"kind\":\"fault-ended\",\"name\":$fault"
  left_cuts=''
  for one in $cuts; do [ "$one" = "$1" ] || left_cuts="$left_cuts $one"; done
  cuts=$left_cuts
}

# On the way out, whatever led there: cuts are mended, processes stopped, and killed when they do not.
clean_up() {
  status=$?
  trap - EXIT
  trap '' INT TERM HUP
  [ -z "$sleeper" ] || kill "$sleeper" 2>/dev/null
  for one in $cuts; do mend "$one"; done
  census
  for peer in $peers; do
    load "$peer"
    runs "$pid" || continue
    [ "$paused" -eq 0 ] || send resume "$peer"
    [ "$state" = stopping ] || emit "\"kind\":\"stopping\",\"node\":$name"
    send stop "$peer"
    eval "state_$peer=stopping"
  done
  for peer in $peers; do
    load "$peer"
    [ -n "$pid" ] || continue
    how=stopped
    if ! await_end "$pid" "$grace_tenths"; then
      say "kill p$peer, which did not stop"
      send kill "$peer"
      await_end "$pid" 100 || trouble "p$peer does not end although it was killed"
      how=killed
      grace_tenths=0
    fi
    gone "$peer" "$how"
  done
  [ "$status" -ne 0 ] || [ "$troubles" -eq 0 ] || status=1
  exit "$status"
}

begin_run() {
  if ! command -v ps >/dev/null || ! command -v awk >/dev/null; then
    echo 'ps and awk are needed to tell which processes run' >&2
    exit 2
  fi
  troubles=0 begun=0 lost=0 sleeper='' cuts='' alive=' ' stopping=0
  for peer in $peers; do eval "state_$peer=fresh pid_$peer= coming_$peer= back_$peer= paused_$peer=0"; done
  now
  start_ms=$now_ms
  printf '%s\n' "$header" >"$events" || exit 2
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
}
`;

/** What comes after the steps. */
export const SCRIPT_ENDING = `say 'the plan is over'
exit 0
`;
