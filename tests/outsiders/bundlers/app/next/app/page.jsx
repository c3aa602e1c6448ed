"use client";

import { useEffect, useState } from "react";
import "wardkey/elements";
import { useSession, useWardkey } from "wardkey/react";

export default function Page() {
  const { wardkey, error } = useWardkey();
  const session = useSession(wardkey);
  const [said, setSaid] = useState();
  useEffect(() => {
    if (error) setSaid({ code: error.code, remedy: error.remedy });
    else wardkey?.status().then(({ agent }) => setSaid({ agent }));
    window.verifyNote = async ({ note, root, list, time }) => {
      const { verify } = await import("wardkey/verify");
      const report = await verify(note, { anchors: [root], crls: [list], time: new Date(time) });
      return report.verdict;
    };
    window.connectSlim = async () => {
      const [slim, { default: core }] = await Promise.all([import("wardkey/slim"), import("../../core/webpack.js")]);
      const connected = await slim.connect({ core: fetch(core) });
      const { agent } = await connected.status();
      connected.close();
      return agent;
    };
  }, [wardkey, error]);
  return (
    <main>
      <p id="said">{said && JSON.stringify(said)}</p>
      <p id="session">{session === null ? "nobody" : session?.state}</p>
      <wardkey-sign-in></wardkey-sign-in>
    </main>
  );
}
