// Made anew on the server for each request, and there the package is imported and called too.
import { connection } from "next/server";
import { connect } from "wardkey";
import Client from "../../next/app/page.jsx";

export default async function Page() {
  await connection();
  const missing = await connect().catch(({ code }) => code);
  return (
    <>
      <p id="server">{missing}</p>
      <Client />
    </>
  );
}
