// GitHub's own language service over workflow and action files: one line for each thing it finds.
//   node check.mjs FOLDER-OF-PACKAGES FILE...      exit 0 nothing found, 1 findings
import { createRequire, register } from "node:module";
import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";

// The service imports JSON as bundlers allow it; plain node wants to be told that it is JSON.
const loader = `
  import { readFileSync } from "node:fs";
  import { fileURLToPath } from "node:url";
  export async function load(url, context, next) {
    if (url.endsWith(".json")) {
      return { format: "module", shortCircuit: true, source: "export default " + readFileSync(fileURLToPath(url), "utf8") };
    }
    return next(url, context);
  }
  export async function resolve(name, context, next) {
    try { return await next(name, context); }
    catch (error) { if (name.startsWith(".")) return next(name + ".js", context); throw error; }
  }`;
register("data:text/javascript," + encodeURIComponent(loader));

const [packages, ...files] = process.argv.slice(2);
const from = createRequire(resolve(packages, "package.json"));
const load = (name) => import(pathToFileURL(from.resolve(name)).href);
const { TextDocument } = await load("vscode-languageserver-textdocument");
const service = await import(pathToFileURL(resolve(packages, "node_modules/@actions/languageservice/dist/index.js")).href);

let found = 0;
for (const file of files) {
  // The service tells workflows from actions by their paths.
  const path = basename(file) === "action.yml" ? "/action.yml" : "/.github/workflows/" + basename(file);
  const document = TextDocument.create("file://" + path, "yaml", 1, readFileSync(file, "utf8"));
  for (const { range, message } of await service.validate(document, {})) {
    found += 1;
    console.log(`${file}:${range.start.line + 1}:${range.start.character + 1}: ${message}`);
  }
}
process.exitCode = found ? 1 : 0;
