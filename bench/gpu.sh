#!/usr/bin/env bash
# Everything that has to be found out on a machine with an NVIDIA GPU, in one call: does the program run on that machine's own libtorch, does it compute what the
# published code computes, how fast is it, and how fast is the published formulation in Python on the same GPU. Needs PyTorch 2.10 (or another 2.x, which is tried
# untested), no .NET. Unpack the archive of bench/publish-gpu.sh and call this script in it. Writes RESULTS/<date>-gpu.md, also when a part fails.
#
#   gpu.sh [--device cuda|cuda:N|cpu] [--models vit_b,vit_h] [--python PYTHON] [--libtorch DIR] [--program DIR] [--results DIR] [--quick]
#
# --models NAMES   vit_b, vit_l, vit_h, tiny
# --libtorch DIR   libtorch instead of the one of PYTHON's torch
# --quick          small batches and few repetitions; with --device cpu and --models tiny this tries the script itself, without a GPU
#
# A run that is quick or of other models has a name of its own, and so has one that failed or was stopped: none of them replaces an earlier result.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
usual=vit_b,vit_h
device=cuda models=$usual python=${SAMED_PYTHON:-python3} libtorch= program=$here/program results=$here/results quick=
golden=$here/golden/tiny_samed
[ -d "$golden" ] || golden=$here/../tests/Golden/tiny_samed
command="bench/gpu.sh$([ $# -eq 0 ] || printf ' %q' "$@")"

refuse() { echo "$1 Call gpu.sh --help for the options." >&2; exit 2; }
while [ $# -gt 0 ]; do
    case $1 in
        --help | -h) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
        --quick) quick=yes; shift; continue ;;
        --device | --models | --python | --libtorch | --program | --results) [ $# -ge 2 ] || refuse "'$1' wants a value." ;;
        *) refuse "There is no option '$1'." ;;
    esac
    declare "${1#--}=$2"
    shift 2
done
[[ $device =~ ^(cpu|cuda|cuda:[0-9]+)$ ]] || refuse "There is no device '$device': expected cpu, cuda or cuda:N."
for model in ${models//,/ }; do
    case $model in vit_b | vit_l | vit_h | tiny) ;; *) refuse "There is no model '$model': expected vit_b, vit_l, vit_h or tiny." ;; esac
done
[ -x "$program/samed" ] || { echo "There is no program in '$program': make the archive with bench/publish-gpu.sh, unpack it here, and call the gpu.sh in it." >&2; exit 2; }
if [ -z "$libtorch" ]; then
    libtorch=$("$python" -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))') ||
        { echo "'$python' has no PyTorch: name one that has with --python, or a libtorch with --libtorch." >&2; exit 2; }
fi

# CUDA numbers GPUs in the order of nvidia-smi, which is asked for their memory.
export SAMED_LIBTORCH=$libtorch CUDA_DEVICE_ORDER=PCI_BUS_ID PYTHONUNBUFFERED=1
work=$(mktemp -d)
mkdir -p "$results"
failed=0
printf '%s\n' "$command" > "$work/command.txt"

case $device in cuda*) kind=gpu ;; *) kind=cpu-trial ;; esac
[ "$models" = "$usual" ] || kind=$kind-${models//,/-}
[ -z "$quick" ] || kind=$kind-quick

# finish ENDING: writes the report of what there is.
finish() {
    local report
    report=$results/$(date -u +%F)-$kind$1.md
    for ((nth = 2; ; nth++)); do
        [ -e "$report" ] || break
        report=$results/$(date -u +%F)-$kind$1-$nth.md
    done
    "$python" "$here/gpu_report.py" "$work" "$here/commit" "$device" > "$work/report.md" && mv "$work/report.md" "$report" && echo "written: $report" || failed=1
    rm -rf "$work"
}
trap 'finish -stopped; exit 1' INT TERM

# step NAME COMMAND...: runs it, keeps what it prints, goes on when it fails.
step() {
    local name=$1 status
    shift
    echo "== $name: $*"
    "$@" 2>&1 | tee "$work/$name.txt"
    status=${PIPESTATUS[0]}
    echo "$status" > "$work/$name.status"
    [ "$status" -eq 0 ] || { echo "'$name' ended with exit code $status."; failed=1; }
    return "$status"
}
bench() { step "$1" "$program/SAMed.MLNet.Bench" "${@:2}" --lines "$work/$1.json" --device "$device" ${quick:+--quick}; }

# The GPU that is asked for, as nvidia-smi calls it: CUDA_VISIBLE_DEVICES may name and order those that CUDA numbers.
case $device in cuda:*) ordinal=${device#cuda:} ;; *) ordinal=0 ;; esac
IFS=, read -ra visible <<< "${CUDA_VISIBLE_DEVICES:-}"
gpu=${visible[$ordinal]:-$ordinal}
case $device in
    cuda*) step gpu nvidia-smi --id="$gpu" --query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit --format=csv,noheader ;;
esac
step python "$python" -c 'import sys, torch; print("Python", sys.version.split()[0], "- PyTorch", torch.__version__, "- CUDA", torch.version.cuda)'

# Another version than the one TorchSharp was built for is refused unless it is asked for; doctor says what is missing in it.
before=$failed
if ! step doctor "$program/samed" doctor && grep -q 'wrong version' "$work/doctor.txt"; then
    failed=$before
    export SAMED_LIBTORCH_ANY=1
    step doctor-any "$program/samed" doctor
fi

precisions=(bf16)
[ -n "$quick" ] || precisions+=(fp32)
bench parity parity "$golden"
step parity-python "$python" "$here/published_model.py" check "$golden" --device "$device"
bench ceilings ceilings --model vit_b ${quick:+--repetitions 1}
for model in ${models//,/ }; do
    sizes=$model
    [ ! -f "$here/models/$model.json" ] || sizes=$here/models/$model.json
    bench "sweep-$model" sweep --model "$sizes" ${quick:+--batches 1}
    # Every rise of the batch is a process of its own: where one is killed, the others are measured all the same.
    for precision in "${precisions[@]}"; do
        for pass in inference training; do
            step "published-$model-$pass-$precision" "$python" "$here/published_model.py" measure --device "$device" --model "$model" --passes "$pass" --precision "$precision" \
                ${quick:+--batches 1 --repetitions 1 --least 0}
        done
    done
done
# The loader's rate, which the report sets beside the network's, and the product's own way: train, predict and evaluate.
bench transforms transforms
step demo "$program/samed" demo --device "$device" --output "$work/demo" ${quick:+--cases 5}

trap - INT TERM
if [ "$failed" -eq 0 ]; then finish ''; else finish -failed; fi
exit "$failed"
