"""What we claim about speed, each claim a script: ``python -m benchmarks.throughput``."""
