"""Speed and memory of keras_snn, compared with other libraries and with itself.

python -m benchmarks [compare] --help
python -m benchmarks ablation --help
python -m benchmarks growth --help
python -m benchmarks.analysis
python -m benchmarks.pipeline --help
python -m benchmarks.full_size_export --help
"""
