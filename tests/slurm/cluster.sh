#!/usr/bin/env bash
# A Slurm cluster of one node on the loopback interface, without systemd, in a folder of its own: for tests.
#
#   tests/slurm/cluster.sh install          installs slurm-wlm and munge from Debian where they are missing (needs root)
#   tests/slurm/cluster.sh start FOLDER     starts munged, slurmctld and slurmd; prints the line that points Slurm's commands at them
#   tests/slurm/cluster.sh stop FOLDER      cancels what runs, ends the three daemons and removes FOLDER
#   tests/slurm/cluster.sh stop-controller FOLDER, start-controller FOLDER      ends slurmctld and brings it back
#
# The node has 8 CPUs, whatever the machine has, and four GPUs that are only counted (Gres=gpu:4; there is no device).
# Every daemon has its own socket, port, spool and process-id file in FOLDER, so that several clusters may run at once and a real one is left alone.
# Exit codes: 0 done; 1 it failed; 3 Slurm is not installed, or cannot be (no root, no apt-get, no package).
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin"
export LC_ALL=C

die() {
    echo "cluster.sh: $2" >&2
    exit "$1"
}

installed() {
    command -v slurmctld > /dev/null && command -v slurmd > /dev/null && command -v munged > /dev/null && command -v sbatch > /dev/null
}

install_slurm() {
    installed && return 0
    command -v apt-get > /dev/null || die 3 "Slurm is not installed, and there is no apt-get to install it with."
    [ "$(id -u)" -eq 0 ] || die 3 "Slurm is not installed, and only root can install it: apt-get install slurm-wlm munge."
    # The packages would start their own daemons where systemd or an init script does that.
    local policy=/usr/sbin/policy-rc.d made=
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' > "$policy"
        chmod +x "$policy"
        made=1
    fi
    local failed=
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends slurm-wlm munge; } >&2 || failed=1
    [ -z "$made" ] || rm -f "$policy"
    [ -z "$failed" ] && installed || die 3 "apt-get cannot install slurm-wlm and munge here."
}

# A port that nobody listens on now.
free_port() {
    local port
    for _ in $(seq 50); do
        port=$((20000 + RANDOM % 30000))
        if ! (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then
            echo "$port"
            return
        fi
    done
    die 1 "no free port was found."
}

write_configuration() {
    local folder=$1 user
    user=$(id -un)
    mkdir -p "$folder"/{state,spool,log,run}
    cat > "$folder/slurm.conf" << END
ClusterName=samedtest
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
AuthType=auth/munge
AuthInfo=socket=$folder/run/munge.socket
CryptoType=crypto/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
SlurmdParameters=config_overrides
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
GresTypes=gpu
MinJobAge=600
MessageTimeout=4
KillWait=20
ReturnToService=2
SlurmctldTimeout=60
SlurmdTimeout=60
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.log
NodeName=localhost NodeAddr=127.0.0.1 CPUs=8 RealMemory=1000 Gres=gpu:4 State=UNKNOWN
PartitionName=test Nodes=localhost Default=YES MaxTime=INFINITE DefaultTime=30 State=UP
END
    # slurmd 22.05 drops GPUs without a file, whatever their flags; it counts those whose file is no device, with a complaint in its log.
    touch "$folder"/run/gpu{0,1,2,3}
    echo "Name=gpu File=$folder/run/gpu[0-3]" > "$folder/gres.conf"
    (umask 077 && head -c 1024 /dev/urandom > "$folder/run/munge.key")
    # munged refuses folders that others may write to.
    chmod 755 "$folder" "$folder/run"
}

start_controller() {
    SLURM_CONF="$1/slurm.conf" slurmctld -f "$1/slurm.conf" >> "$1/log/slurmctld.out" 2>&1
    for _ in $(seq 150); do
        ! SLURM_CONF="$1/slurm.conf" timeout 5 sinfo -h > /dev/null 2>&1 || return 0
        sleep 0.1
    done
    tail -n 20 "$1/log/slurmctld.log" >&2 || true
    die 1 "slurmctld does not answer; its log is above."
}

start() {
    local folder=$1
    installed || die 3 "Slurm is not installed. Install it with: $0 install"
    [ ! -e "$folder/slurm.conf" ] || die 1 "$folder holds a cluster already."
    write_configuration "$folder"
    munged --force --num-threads=2 --key-file="$folder/run/munge.key" --socket="$folder/run/munge.socket" --pid-file="$folder/run/munged.pid" \
        --log-file="$folder/log/munged.log" --seed-file="$folder/run/munge.seed" >> "$folder/log/munged.out" 2>&1 \
        || die 1 "munged does not start: $(tail -n 3 "$folder/log/munged.out" "$folder/log/munged.log" 2> /dev/null)"
    start_controller "$folder"
    SLURM_CONF="$folder/slurm.conf" slurmd -f "$folder/slurm.conf" -N localhost >> "$folder/log/slurmd.out" 2>&1
    for _ in $(seq 150); do
        case "$(SLURM_CONF="$folder/slurm.conf" timeout 5 sinfo -h -o %t 2> /dev/null)" in
            idle)
                echo "export SLURM_CONF=$folder/slurm.conf"
                return 0
                ;;
        esac
        sleep 0.1
    done
    tail -n 20 "$folder/log/slurmd.log" >&2 || true
    die 1 "the node does not become idle; the log of slurmd is above."
}

# Ends the process of a process-id file, and waits for it.
end() {
    local pid
    [ -s "$1" ] || return 0
    pid=$(cat "$1")
    kill "$pid" 2> /dev/null || return 0
    for _ in $(seq 100); do
        kill -0 "$pid" 2> /dev/null || return 0
        sleep 0.1
    done
    kill -KILL "$pid" 2> /dev/null || true
}

stop() {
    local folder=$1
    [ -e "$folder/slurm.conf" ] || return 0
    export SLURM_CONF="$folder/slurm.conf"
    # Jobs outlive slurmd: they have to go first.
    if [ -n "$(timeout 5 squeue -h 2> /dev/null)" ]; then
        timeout 5 scancel --signal=KILL --full --state=RUNNING -u "$(id -un)" 2> /dev/null || true
        timeout 5 scancel -u "$(id -un)" 2> /dev/null || true
        for _ in $(seq 100); do
            [ -n "$(timeout 5 squeue -h 2> /dev/null)" ] || break
            sleep 0.1
        done
    fi
    end "$folder/run/slurmd.pid"
    end "$folder/run/slurmctld.pid"
    end "$folder/run/munged.pid"
    rm -rf "$folder"
}

[ $# -ge 1 ] || die 1 "say what to do: install, start FOLDER, stop FOLDER, stop-controller FOLDER or start-controller FOLDER."
[ "$1" = install ] || [ $# -eq 2 ] || die 1 "$1 needs a folder."
folder=${2:+$(realpath -m "$2")}
case $1 in
    install) install_slurm ;;
    start) start "$folder" ;;
    stop) stop "$folder" ;;
    stop-controller) end "$folder/run/slurmctld.pid" ;;
    start-controller) start_controller "$folder" ;;
    *) die 1 "unknown: $1" ;;
esac
