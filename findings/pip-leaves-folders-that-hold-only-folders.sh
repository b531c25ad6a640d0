#!/usr/bin/env bash
# pip 26.0.1: after an uninstall, folders of a wheel's data stay behind where they held only folders, and go where they held one file.
#
# Expected: what an install made, an uninstall removes, or at least both of two folders that nothing else was ever in.
# Seen: of share/with and share/without, which differ in one file beside their folder `lib`, share/with is gone and share/without stays,
# empty. A Jupyter kernel or extension in a wheel leaves its tree of empty folders so. Contrast's wheel keeps its list of contents, a file,
# in its outermost folder.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pip==26.0.1 wheel==0.46.3
mkdir -p "$folder/tree/sample-1.0.dist-info" "$folder"/tree/sample-1.0.data/data/share/{with,without}/lib
cd "$folder/tree"
echo one | tee sample-1.0.data/data/share/{with,without}/lib/file >sample-1.0.data/data/share/with/contents
printf 'Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n' >sample-1.0.dist-info/WHEEL
printf 'Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n' >sample-1.0.dist-info/METADATA
python="$folder/venv/bin/python"
"$python" -m wheel pack . --dest-dir "$folder" >/dev/null
"$python" -m pip install --quiet --disable-pip-version-check --no-index "$folder"/sample-1.0-py3-none-any.whl
ls -d "$folder"/venv/share/*/lib >/dev/null
"$python" -m pip uninstall --quiet --yes --disable-pip-version-check sample
echo "$("$python" -m pip --version | cut -d' ' -f1,2): after the uninstall, share holds"
left=$(cd "$folder/venv/share" && find . -mindepth 1 | sort | tr '\n' ' ')
echo "  $left"
[ "$left" = "./without " ] || { echo "the behaviour has changed"; exit 1; }
