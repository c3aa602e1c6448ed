import { verify } from "wardkey/verify";

export async function POST(request) {
  const { note, root, list, time } = await request.json();
  const report = await verify(note, { anchors: [root], crls: [list], time: new Date(time) });
  return Response.json(report.verdict);
}
