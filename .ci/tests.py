"""Reads `go test -json` and tells what matters: a line a package, what a failed
test printed, the skipped tests, and the count. A skipped test is a failure: here
everything that a test may need has to be there."""

import collections
import json
import sys

count = collections.Counter()
skipped = []
failed = []
printed = collections.defaultdict(list)  # by package and test

for line in sys.stdin:
    try:
        event = json.loads(line)
    except ValueError:
        print(line, end="")
        continue
    key = event.get("Package") or event.get("ImportPath"), event.get("Test")
    action = event["Action"]
    if action in ("output", "build-output"):
        text = event["Output"]
        printed[key].append(text)
        if key[1] is None and text.startswith(("ok ", "FAIL\t", "panic:")) or action == "build-output":
            print(text, end="", flush=True)
    elif action in ("pass", "fail", "skip") and key[1] is not None:
        count[action] += 1
        if action == "skip":
            skipped.append(key)
        elif action == "fail":
            failed.append(key)
        else:
            printed.pop(key, None)
    elif action == "fail":
        failed.append(key)

for key in failed:
    print(f"\n--- FAIL: {key[0]} {key[1] or ''}")
    print("".join(printed[key]), end="")
for key in skipped:
    print(f"--- SKIP: {key[0]} {key[1]}")
    print("".join(printed[key]), end="")

print(f"{count['pass']} passed, {count['fail']} failed, {count['skip']} skipped")
sys.exit(1 if failed or skipped or not count["pass"] else 0)
