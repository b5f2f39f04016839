"""The machine's Chromium, without a window: what a picture looks like where people see it."""
from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PAGE = """<!doctype html><body>waiting<script>
const image = new Image();
image.onload = () => {
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const data = context.getImageData(0, 0, canvas.width, canvas.height).data, colours = {};
  for (let at = 0; at < data.length; at += 4) {
    const colour = "#" + [0, 1, 2].map(part => data[at + part].toString(16).padStart(2, "0")).join("");
    colours[colour] = (colours[colour] || 0) + 1;
  }
  document.body.textContent = JSON.stringify({width: canvas.width, height: canvas.height, colours});
};
image.onerror = () => { document.body.textContent = '{"error": "no picture"}'; };
image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(SVG);
</script>"""


def picture(svg: str, folder: Path, *, dark: bool) -> dict[str, Any]:
    """An SVG as an image of a page, for a reader who prefers dark pages or light ones: width, height, and how many of
    its pixels have each of its colours. Skips the test on a machine without Chromium."""
    browser = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if browser is None:
        pytest.skip("this machine has no Chromium")
    page = folder / "page.html"
    page.write_text(_PAGE.replace("SVG)", json.dumps(svg).replace("<", "\\u003c") + ")"), encoding="utf-8")
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}",
         f"--blink-settings=preferredColorScheme={0 if dark else 1}", "--virtual-time-budget=10000", "--dump-dom",
         page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    return dict(json.loads(done.stdout.partition("<body>")[2].partition("</body>")[0]))
