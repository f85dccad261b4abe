#!/usr/bin/env bash
# Packs what bench/gpu.sh needs into one archive, for a machine that has neither .NET nor this repository: the programs with their runtime but without
# libtorch (the machine's PyTorch brings that), the scripts, and the golden data of the small network.
#
#   bench/publish-gpu.sh [ARCHIVE]        default: out/samed-gpu.tar.xz
#
# There: tar xf samed-gpu.tar.xz && samed-gpu/gpu.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
archive=${1:-out/samed-gpu.tar.xz}
limit=60000000

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
folder=$work/samed-gpu
mkdir -p "$folder/golden/tiny_samed" "$(dirname "$archive")"

# One folder for both programs, so that the runtime is there once.
for project in src/Cli bench; do
    dotnet publish "$project" -c Release -r linux-x64 --self-contained -p:Torch=none -p:Kernels=false -p:PublishReadyToRun=false \
        --artifacts-path "$work/build" -o "$folder/program" -v q -nologo
done
git rev-parse --short HEAD > "$folder/commit"
cp -r bench/gpu.sh bench/gpu_report.py bench/published_model.py bench/models "$folder/"
for file in config.json model_state.pth forward.npz train3_adamw.npz grads_step0.npz; do
    cp "tests/Golden/tiny_samed/$file" "$folder/golden/tiny_samed/"
done
tar -C "$work" -c samed-gpu | xz -T0 -9 > "$archive"

size=$(stat -c %s "$archive")
echo "$archive: $((size / 1000000)) MB, $(du -sm "$folder" | cut -f1) MiB unpacked"
[ "$size" -lt "$limit" ] || { echo "It was to be smaller than $((limit / 1000000)) MB." >&2; exit 1; }
