// The package's reference: TypeDoc's pages of what its entries export.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Writes the pages to a folder; `links` lead to files beside it. Gives where each entry, each export and, as
 * `wardkey.` and its name, each method of a connection stands in it.
 *
 * @throws where a comment leads nowhere, or what is exported needs what is not
 */
export async function reference(out, npm, { repository, sources, links }) {
  const { Application, LogLevel, ReflectionKind } = await import("typedoc");
  const { name, exports } = JSON.parse(readFileSync(join(npm, "package.json"), "utf8"));
  const source = (types) => join(npm, types.replace("./dist/", "src/").replace(/\.d\.ts$/, ".ts"));
  const app = await Application.bootstrap({
    name,
    includeVersion: true,
    entryPoints: Object.values(exports).flatMap(({ types }) => (types ? source(types) : [])),
    tsconfig: join(npm, "tsconfig.json"),
    // The package's own build does that.
    skipErrorChecking: true,
    basePath: repository,
    displayBasePath: repository,
    disableGit: true,
    gitRevision: "main",
    sourceLinkTemplate: `${sources}/{path}#L{line}`,
    kindSortOrder: ["Function", "Class", "Interface", "TypeAlias"],
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    readme: "none",
    navigationLinks: Object.fromEntries(Object.entries(links).map(([text, file]) => [text, OUTSIDE + file])),
    customCss: fileURLToPath(new URL("reference.css", import.meta.url)),
    githubPages: false,
    hideGenerator: true,
    logLevel: LogLevel.Warn,
    // What our guides say of it is not said again.
    validation: { invalidLink: true, notExported: true, notDocumented: false },
  });
  const project = await app.convert();
  // Each page lies as deep as its address says.
  app.renderer.on("endPage", (page) => {
    page.contents = page.contents.replaceAll(OUTSIDE, "../".repeat(page.url.split("/").length));
  });
  const places = new Map();
  app.renderer.on("endRender", () => {
    const place = (reflection) => app.renderer.router.getFullUrl(reflection);
    const keep = (name, reflection) => places.has(name) || places.set(name, place(reflection));
    // The main entry is the first of them.
    for (const entry of project.children) {
      keep(entry.name, entry);
      for (const exported of entry.children ?? []) {
        keep(exported.name, exported);
        if (exported.name !== "Wardkey") continue;
        const methods = exported.getChildrenByKind(ReflectionKind.Method);
        for (const method of methods) keep(`wardkey.${method.name}`, method);
      }
    }
  });
  if (project) {
    app.validate(project);
    await app.generateDocs(project, out);
  }
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error("TypeDoc: see above");
  return places;
}

/** Stands for the folder around the reference. */
const OUTSIDE = "outside:";
