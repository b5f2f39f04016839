"""repo-vitals: monitors of a repository's vital signs, run as GitHub Actions or from a shell."""

__version__ = "0.1.0"
