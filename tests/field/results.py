# SPDX-License-Identifier: GPL-2.0-only
"""The rule tests in a report of the field kit as TAP:  results.py REPORT kernel|library

Where the report itself is wrong that is said instead, with exit code 1.
"""
import json
import sys

with open(sys.argv[1], encoding="ascii") as file:
    report = json.load(file)
rules = report["rules"]
results = rules["results"]

for kind in "passed", "failed", "skipped":
    seen = sum(result["result"] == kind for result in results)
    if seen != rules[kind]:
        sys.exit(f"{rules[kind]} {kind}, but {seen} of the results")
if rules["served_by"] != sys.argv[2] or not rules["ran_to_the_end"]:
    sys.exit(f"served by the {rules['served_by']}: {report['verdict']}")

print(f"1..{len(results)}\n# seed {rules['seed']}")
for result in results:
    skip = f" # SKIP {result['why']}" if result["result"] == "skipped" else ""
    print(f"{'not ' * (result['result'] == 'failed')}ok - {result['test']}{skip}")
