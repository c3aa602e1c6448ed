// How the host program is installed on each system, as docs/deploying.md has it.

/** @typedef {import("../words.js").Word} Word */

/**
 * What to do, in order; of what is typed, each line.
 *
 * @param {{ os: string, arch: string }} platform as `runtime.getPlatformInfo` names it
 * @param {string} version
 * @returns {{ word: Word, commands?: string[] }[]}
 */
export function stepsFor({ os, arch }, version) {
  const { debian, linux } = ARCHITECTURES[arch] ?? {};
  switch (os) {
    case "linux":
      if (!linux) return [{ word: "welcomeOther" }];
      return [
        { word: "welcomeLinuxAll", commands: [`sudo apt-get install ./wardkey-host_${version}_${debian}.deb`] },
        {
          word: "welcomeLinuxOne",
          commands: [
            "mkdir -p ~/.local/lib",
            `tar -xzf wardkey-host-${version}-linux-${linux}.tar.gz -C ~/.local/lib`,
            "~/.local/lib/wardkey-host/wardkey-host install",
          ],
        },
        { word: "welcomeLinuxSnap" },
      ];
    case "mac":
      return [{ word: "welcomeMac" }];
    case "win":
      return [{ word: "welcomeWindows" }];
    default:
      return [{ word: "welcomeOther" }];
  }
}

/**
 * What packages call the processors that they are built for; Chromium and Firefox differ in one.
 *
 * @type {Record<string, { debian: string, linux: string } | undefined>}
 */
const ARCHITECTURES = {
  aarch64: { debian: "arm64", linux: "aarch64" },
  arm64: { debian: "arm64", linux: "aarch64" },
  "x86-64": { debian: "amd64", linux: "x86_64" },
};
