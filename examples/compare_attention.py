"""Does attention help, and does AZO? The same network plain, with SMA, with SMA and AZO, with FSTA.

Every network is trained with the recipe of event_digits and three seeds, once on all training
samples, and once where it is hard: 200 samples, at random positions, with sensor noise. You see a
Markdown table of test accuracy (mean and spread over the seeds), the gap between training and
test accuracy, firing rate, parameters and time per epoch. Takes about an hour on two cores; a run
that is already there is not repeated.

    python examples/compare_attention.py
    python examples/compare_attention.py --seeds 1
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
NETWORKS = {
    "plain": ["--attention", "none"],
    "SMA": ["--attention", "sma", "--no-azo"],
    "SMA + AZO": ["--attention", "sma"],
    "FSTA": ["--attention", "fsta"],
}
HARD = ["--samples", "200", "--set", "noise=2", "--set", "jitter=3", "--epochs", "30"]
SETTINGS: dict[str, list[str]] = {"all samples": [], "200 samples, jitter, noise": HARD}


def result(setting: str, network: str, seed: int) -> dict[str, Any]:
    """The results of one run of applications/train.py."""
    folder = ROOT / "runs" / "compare" / f"{setting} {network} {seed}".replace(" ", "_")
    if not (folder / "results.json").exists():
        command = [sys.executable, str(ROOT / "applications" / "train.py"), "event_digits"]
        options = ["--seed", str(seed), "--output", str(folder)]
        print(f"training: {setting}, {network}, seed {seed}", file=sys.stderr)
        everything = [*command, *NETWORKS[network], *SETTINGS[setting], *options]
        subprocess.run(everything, check=True, stdout=subprocess.DEVNULL)
    return json.loads((folder / "results.json").read_text())


def common_rate(run: dict[str, Any]) -> float:
    """Mean firing rate of the layers that all four networks have."""
    rates = run["firing_rates"]
    return statistics.mean(rate for layer, rate in rates.items() if "/" not in layer)


def row(network: str, runs: list[dict[str, Any]]) -> str:
    """One line of the table."""
    test = [100 * run["accuracy"]["test"] for run in runs]
    gap = [100 * (run["accuracy"]["train"] - run["accuracy"]["test"]) for run in runs]
    rate = statistics.mean(100 * common_rate(run) for run in runs)
    seconds = statistics.median(s for run in runs for s in run["history"]["seconds"][1:])
    return (
        f"| {network} | {statistics.mean(test):.2f} ({min(test):.2f} - {max(test):.2f}) "
        f"| {statistics.mean(gap):.2f} | {rate:.1f} % | {runs[0]['parameters']:,} "
        f"| {seconds:.1f} s |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds (3)")
    seeds = range(parser.parse_args().seeds)
    for setting in SETTINGS:
        print(f"\n**{setting}**\n")
        print("| network | test accuracy | train - test | firing rate | parameters | epoch |")
        print("|---|---|---|---|---|---|")
        for network in NETWORKS:
            print(row(network, [result(setting, network, seed) for seed in seeds]), flush=True)


if __name__ == "__main__":
    main()
