#!/usr/bin/env bash
# Writes what each library publishes to its PublicAPI.Unshipped.txt. Run it after a change of the API (build errors RS0016 and RS0017 say so)
# and commit the files with the change: `build/public-api.sh` for all libraries, `build/public-api.sh Imaging Metrics` for some.
# At a release the lines move to PublicAPI.Shipped.txt; a shipped member that is removed stays there and gets a *REMOVED* line here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 LC_ALL=C

if [ $# -eq 0 ]; then
    set -- Imaging Transforms Metrics Rendering Modeling Estimators
fi
for library in "$@"; do
    project=src/$library/SAMed.MLNet.$library.csproj
    list=src/$library/PublicAPI.Unshipped.txt
    removed=$(grep '^\*REMOVED\*' "$list" 2>/dev/null || true)
    printf '#nullable enable\n' > "$list"
    [ -f "src/$library/PublicAPI.Shipped.txt" ] || printf '#nullable enable\n' > "src/$library/PublicAPI.Shipped.txt"
    dotnet restore "$project" -v q
    # The analyzer's own correction adds what is missing.
    dotnet format analyzers "$project" --no-restore --diagnostics RS0016 --severity warn > /dev/null 2>&1
    { echo '#nullable enable'; { tail -n +2 "$list"; [ -z "$removed" ] || echo "$removed"; } | tr -d '\r' | sort -u; } > "$list.new"
    mv "$list.new" "$list"
    echo "$list: $(($(wc -l < "$list") - 1)) members"
done
