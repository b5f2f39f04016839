window.BENCHMARK_DATA = {
  "lastUpdate": 1767225600000,
  "repoUrl": "https://github.com/owner/name",
  "entries": {
    "Rust": [
      {
        "commit": {
          "author": {
            "name": "A"
          },
          "id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "message": "</script> é",
          "timestamp": "2026-01-01T00:00:00Z",
          "url": "https://example.org"
        },
        "date": 1767225600000,
        "tool": "cargo",
        "benches": [
          {
            "name": "parse",
            "value": 100,
            "range": "± 3",
            "unit": "ns/iter"
          }
        ]
      },
      {
        "commit": {
          "author": {
            "name": "A"
          },
          "id": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
          "message": "</script> é",
          "timestamp": "2026-01-01T00:00:00Z",
          "url": "https://example.org"
        },
        "date": 1767312000000,
        "tool": "cargo",
        "benches": [
          {
            "name": "parse",
            "value": 110,
            "range": "± 3",
            "unit": "ns/iter"
          },
          {
            "name": "shared",
            "value": 1,
            "unit": "ns/iter"
          }
        ]
      }
    ],
    "Python": [
      {
        "commit": {
          "author": {
            "name": "A"
          },
          "id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "message": "</script> é",
          "timestamp": "2026-01-01T00:00:00Z",
          "url": "https://example.org"
        },
        "date": 1767225600500,
        "tool": "pytest",
        "benches": [
          {
            "name": "t.py::test_a",
            "value": 4,
            "range": "stddev: 0.1",
            "unit": "iter/sec",
            "extra": "mean: 250 msec"
          }
        ]
      }
    ],
    "Others": [
      {
        "commit": {
          "author": {
            "name": "A"
          },
          "id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "message": "</script> é",
          "timestamp": "2026-01-01T00:00:00Z",
          "url": "https://example.org"
        },
        "date": 1767225600700,
        "tool": "jmh",
        "benches": [
          {
            "name": "demo.Sums.sum ( {\"size\":\"10\"} )",
            "value": 5,
            "unit": "ops/us"
          }
        ]
      },
      {
        "commit": {
          "author": {
            "name": "A"
          },
          "id": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
          "message": "</script> é",
          "timestamp": "2026-01-01T00:00:00Z",
          "url": "https://example.org"
        },
        "date": 1767312000100,
        "tool": "go",
        "benches": [
          {
            "name": "BenchmarkA",
            "value": 5,
            "unit": "ns/op",
            "extra": "30000 times\n8 procs"
          },
          {
            "name": "BenchmarkA - B/op",
            "value": 16,
            "unit": "B/op",
            "extra": "30000 times\n8 procs"
          }
        ]
      },
      {
        "commit": {
          "author": {
            "name": "A"
          },
          "id": "cccccccccccccccccccccccccccccccccccccccc",
          "message": "</script> é",
          "timestamp": "2026-01-01T00:00:00Z",
          "url": "https://example.org"
        },
        "date": 1767398400000,
        "tool": "customBiggerIsBetter",
        "benches": [
          {
            "name": "free",
            "value": 7,
            "unit": "Megabytes"
          },
          {
            "name": "shared",
            "value": 3,
            "unit": "ns/iter"
          }
        ]
      }
    ]
  }
}