"""Compares the same network plain, with SMA, with SMA and AZO, and with FSTA.

Every network is trained with several seeds: on all samples of event_digits, on 200 of them at
random positions and with sensor noise, and on recordings of N-MNIST if a folder with them is given.
You see a Markdown table of test accuracy (mean and spread over the seeds), the gap between training
and test accuracy, firing rate, parameters and time per epoch. It takes about an hour on two cores;
finished runs are not repeated.

    python examples/compare_attention.py
    python examples/compare_attention.py --seeds 1 --n-mnist FOLDER --only n_mnist
"""

import argparse
import hashlib
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
SETTINGS: dict[str, list[str]] = {
    "event_digits": ["event_digits"],
    "event_digits, 200 samples, jitter, noise": ["event_digits", *HARD],
}
ARCHIVES = ("Train.zip", "Test.zip")


def real_recordings(folder: Path) -> list[str]:
    """Returns arguments for a folder with the archives of N-MNIST or a selection of them."""
    digests = {name: hashlib.md5((folder / name).read_bytes()).hexdigest() for name in ARCHIVES}
    accepted = [word for pair in digests.items() for word in ("--md5", "=".join(pair))]
    return [
        "n_mnist",
        "--manual-dir",
        str(folder),
        *accepted,
        "--epochs",
        "8",
        "--batch-size",
        "16",
    ]


def result(setting: str, arguments: list[str], network: str, seed: int) -> dict[str, Any]:
    """Returns the results of one run of applications/train.py."""
    folder = ROOT / "runs" / "compare" / f"{setting} {network} {seed}".replace(" ", "_")
    if not (folder / "results.json").exists():
        command = [sys.executable, str(ROOT / "applications" / "train.py"), *arguments]
        options = ["--seed", str(seed), "--output", str(folder)]
        print(f"training: {setting}, {network}, seed {seed}", file=sys.stderr)
        everything = [*command, *NETWORKS[network], *options]
        subprocess.run(everything, check=True, stdout=subprocess.DEVNULL)
    return json.loads((folder / "results.json").read_text())


def common_rate(run: dict[str, Any]) -> float:
    """Returns the mean firing rate of the layers that all four networks have."""
    rates = run["firing_rates"]
    return statistics.mean(rate for layer, rate in rates.items() if "/" not in layer)


def row(network: str, runs: list[dict[str, Any]]) -> str:
    """Returns one line of the table."""
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
    parser.add_argument(
        "--n-mnist", type=Path, metavar="FOLDER", help="with Train.zip and Test.zip"
    )
    parser.add_argument("--only", help="settings whose name begins like this (all)")
    options = parser.parse_args()
    settings = dict(SETTINGS)
    if options.n_mnist:
        settings["n_mnist"] = real_recordings(options.n_mnist)
    seeds = range(options.seeds)
    for setting, arguments in settings.items():
        if not setting.startswith(options.only or ""):
            continue
        print(f"\n**{setting}**\n")
        print("| network | test accuracy | train - test | firing rate | parameters | epoch |")
        print("|---|---|---|---|---|---|")
        for network in NETWORKS:
            print(
                row(network, [result(setting, arguments, network, seed) for seed in seeds]),
                flush=True,
            )


if __name__ == "__main__":
    main()
