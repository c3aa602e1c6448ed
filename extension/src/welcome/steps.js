// How the host program is installed on each system, as docs/deploying.md has it.

/** @typedef {import("../words.js").Word} Word */

/**
 * What to do, in order; of what is typed, each line.
 *
 * @param {string} os as `runtime.getPlatformInfo` names it
 * @param {string} version
 * @returns {{ word: Word, commands?: string[] }[]}
 */
export function stepsFor(os, version) {
  switch (os) {
    case "linux":
      return [
        { word: "welcomeLinuxAll", commands: [`sudo apt-get install ./wardkey-host_${version}_amd64.deb`] },
        {
          word: "welcomeLinuxOne",
          commands: [
            "mkdir -p ~/.local/lib",
            `tar -xzf wardkey-host-${version}-linux-x86_64.tar.gz -C ~/.local/lib`,
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
