#!/usr/bin/env bash
# Proves `calvin-eval slurm` on a real Slurm: slurmctld, slurmd and munged on loopback. An array job
# is submitted, its node is killed in the middle and comes back; the requeued shards must resume and
# the merged run must equal one made without Slurm.
#
# Usage: scripts/test-slurm.sh PROGRAM     exit 0: proven, 1: not, 77: skipped (says why)
set -euo pipefail
program=$(readlink -f "${1:?the built calvin-eval}")
limit=120

skip() { echo "SKIPPED: $*"; exit 77; }
for tool in slurmctld slurmd munged sbatch scontrol; do
  command -v "$tool" >/dev/null || skip "no $tool here (Debian: apt-get install slurm-wlm munge)"
done
[ "$(id -u)" = 0 ] || skip "slurmd has to be started by root"

work=$(mktemp -d)
node=$(hostname -s)
pids=()
finish() {
  local status=$?
  [ $status = 0 ] || tail -n 20 "$work"/*.log "$work"/night/slurm/*.log 2>/dev/null || true
  for pid in "${pids[@]}" $(cat "$work/slurmd.pid" 2>/dev/null); do
    kill -9 "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap finish EXIT
fail() { echo "FAILED: $*"; exit 1; }

# wait_for SECONDS WHAT CONDITION...: polls until the condition holds or the whole test is too long.
wait_for() {
  local seconds=$1 what=$2
  shift 2
  local end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] && [ $SECONDS -lt $limit ] || fail "no $what after $seconds s"
    sleep 0.2
  done
}

export SLURM_CONF=$work/slurm.conf
dd if=/dev/urandom of="$work/munge.key" bs=128 count=1 status=none
chmod 400 "$work/munge.key"
chmod 755 "$work"
cat >"$SLURM_CONF" <<CONF
ClusterName=loopback
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=26817
SlurmdPort=26818
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket,cred_expire=5
CryptoType=crypto/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobRequeue=1
ReturnToService=2
SlurmdTimeout=6
MinJobAge=300
InactiveLimit=0
KillWait=2
NodeName=$node NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=$node Default=YES MaxTime=INFINITE State=UP
CONF
mkdir -p "$work/state" "$work/spool"
munged --foreground --force --socket "$work/munge.socket" --key-file "$work/munge.key" \
  --pid-file "$work/munged.pid" --log-file "$work/munged.log" --seed-file "$work/munged.seed" \
  >"$work/munged.out.log" 2>&1 &
pids+=($!)
wait_for 10 "munged" test -S "$work/munge.socket"
slurmctld -D -c >"$work/slurmctld.out.log" 2>&1 &
pids+=($!)
start_slurmd() {
  slurmd -D >"$work/slurmd.out.log" 2>&1 &
  slurmd=$!
  pids+=("$slurmd")
}
start_slurmd
node_is_idle() { [ "$(sinfo -h -o %t)" = idle ]; }
wait_for 20 "idle node" node_is_idle

# Enough work that the node dies while its jobs run.
chains=42
options=(--chains $chains --policy zero --workers 1 --no-film-strips)
"$program" run --run "$work/whole" "${options[@]}" >/dev/null 2>&1 || fail "the run without Slurm"
"$program" slurm --shards 3 --run "$work/night" --program "$program" -- "${options[@]}"

some_chains() { [ "$(cat "$work"/night/shard-*/journal.jsonl | wc -l)" -ge 1 ]; }
wait_for 40 "finished chain" some_chains

# The node dies: its daemon, the jobs' keepers and the jobs.
jobs=$({ scontrol listpids 2>/dev/null || true; } | awk 'NR > 1 && $1 > 1 { print $1 }')
keepers=$(for pid in $jobs; do ps -o ppid= -p "$pid"; done | awk '$1 > 1' | sort -u)
kill -9 "$slurmd" $keepers $jobs 2>/dev/null || true
before=$(cat "$work"/night/shard-*/journal.jsonl | wc -l)
echo "killed the node with $before of $chains chains finished"
[ "$before" -lt $chains ] || fail "the node was killed too late"
node_is_down() { sinfo -h -o %t | grep -q down; }
wait_for 40 "node seen as down" node_is_down
start_slurmd

merged() { [ -f "$work/night/results.json" ] && [ -f "$work/night/chains.jsonl" ]; }
wait_for 90 "merged run" merged
sleep 0.5
for file in chains.jsonl results.json; do
  cmp "$work/whole/$file" "$work/night/$file" || fail "$file differs"
done
resumed=$(grep -l '"chains_before": [1-9]' "$work"/night/shard-*/run.json | wc -l)
echo "OK: requeued and merged to identical files in $SECONDS s ($resumed shards resumed mid-way)"
