"""The broken links of a folder's Markdown, by the parts of `docs-freshness` that find them, as JSON on standard output.

`python ours.py folder path …`, where the paths are those of `src` and of the environment. It is one process from start
to end, as the other checkers are; nothing is asked of git or GitHub.
"""
from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> int:
    """Reads, checks, prints."""
    sys.path[:0] = sys.argv[2:]
    from repo_vitals import forks
    from repo_vitals.concerns.docs_freshness.documents import format_of, read
    from repo_vitals.concerns.docs_freshness.effort import seconds
    from repo_vitals.concerns.docs_freshness.finding import contents_of_folder, documents_of, tree_of_folder
    from repo_vitals.concerns.docs_freshness.internal_links import check

    folder = Path(sys.argv[1])
    tree = tree_of_folder(folder)
    found = contents_of_folder(folder, documents_of(tree, ["*.md"]))
    if found.unread:
        raise SystemExit(f"not read: {found.unread}")
    takes = sum(seconds(format_of(path) or "", content) for path, content in found.contents.items())
    paths = list(found.contents)
    read_all = forks.mapped(lambda path: read(path, found.contents[path]), paths, seconds=takes)
    documents = dict(zip(paths, read_all, strict=True))
    links = check(documents, tree)
    json.dump({"links": len(links), "broken": [[link.file, link.target] for link in links if link.state == "broken"]},
              sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
