"""One package per concern; they meet only through reports."""
