#!/usr/bin/env bash
# Writes the completions of all shells, into this folder or the one given.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "${1:-$here}" && pwd)
cd "$here/.."

konhook=$(mktemp)
trap 'rm -f "$konhook"' EXIT
go build -o "$konhook" ./cmd/konhook

"$konhook" completion bash >"$out/konhook.bash"
"$konhook" completion zsh >"$out/_konhook"
"$konhook" completion fish >"$out/konhook.fish"
"$konhook" completion powershell >"$out/konhook.ps1"
