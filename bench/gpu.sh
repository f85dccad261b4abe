#!/usr/bin/env bash
# Everything that has to be found out on a machine with an NVIDIA GPU, in one call: does the program run on that machine's own libtorch, does it compute what the
# published code computes, how fast is it, and how fast is the published formulation in Python on the same GPU. Needs PyTorch 2.10 (or another 2.x, which is tried
# untested), no .NET. Unpack the archive of bench/publish-gpu.sh and call this script in it. Writes RESULTS/<date>-gpu.md, also when a part fails.
#
#   gpu.sh [--device cuda|cuda:N|cpu] [--models vit_b,vit_h] [--python PYTHON] [--libtorch DIR] [--program DIR] [--results DIR] [--quick]
#
# --libtorch DIR   libtorch instead of the one of PYTHON's torch
# --quick          small batches and few repetitions; with --device cpu this tries the script itself, without a GPU
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
device=cuda models=vit_b,vit_h python=${SAMED_PYTHON:-python3} libtorch= program=$here/program results=$here/results quick=
golden=$here/golden/tiny_samed
[ -d "$golden" ] || golden=$here/../tests/Golden/tiny_samed
while [ $# -gt 0 ]; do
    case $1 in
        --device) device=$2; shift 2 ;;
        --models) models=$2; shift 2 ;;
        --python) python=$2; shift 2 ;;
        --libtorch) libtorch=$2; shift 2 ;;
        --program) program=$2; shift 2 ;;
        --results) results=$2; shift 2 ;;
        --quick) quick=yes; shift ;;
        *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
    esac
done
[ -x "$program/samed" ] || { echo "There is no program in '$program': make the archive with bench/publish-gpu.sh, unpack it here, and call the gpu.sh in it." >&2; exit 2; }
if [ -z "$libtorch" ]; then
    libtorch=$("$python" -c 'import os, torch; print(os.path.join(os.path.dirname(torch.__file__), "lib"))') ||
        { echo "'$python' has no PyTorch: name one that has with --python, or a libtorch with --libtorch." >&2; exit 2; }
fi

# CUDA numbers GPUs in the order of nvidia-smi, which is asked for their memory.
export SAMED_LIBTORCH=$libtorch CUDA_DEVICE_ORDER=PCI_BUS_ID PYTHONUNBUFFERED=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$results"
failed=0

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

case $device in
    cuda*) step gpu nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit --format=csv,noheader ;;
esac
step python "$python" -c 'import sys, torch; print("Python", sys.version.split()[0], "- PyTorch", torch.__version__, "- CUDA", torch.version.cuda)'

# Another version than the one TorchSharp was built for is refused unless it is asked for; doctor says what is missing in it.
if ! step doctor "$program/samed" doctor; then
    failed=0
    export SAMED_LIBTORCH_ANY=1
    step doctor-any "$program/samed" doctor
fi

bench parity parity "$golden"
step parity-python "$python" "$here/published_model.py" check "$golden" --device "$device"
bench ceilings ceilings --model vit_b ${quick:+--repetitions 1}
for model in ${models//,/ }; do
    bench "sweep-$model" sweep --model "$model" ${quick:+--batches 1}
    step "published-$model" "$python" "$here/published_model.py" measure --device "$device" --model "$model" \
        ${quick:+--batches 1 --precision bf16 --repetitions 1 --least 0}
done
# The loader's rate, to set beside the training rate, and the product's own way: train, predict and evaluate.
bench transforms transforms
step demo "$program/samed" demo --device "$device" --output "$work/demo" ${quick:+--data-only}

case $device in cuda*) kind=gpu ;; *) kind=cpu-trial ;; esac
report=$results/$(date -u +%F)-$kind.md
"$python" "$here/gpu_report.py" "$work" "$here/commit" "$device" > "$report" || failed=1
echo "written: $report"
exit "$failed"
