// The peer's models in PostgreSQL, by its own description of an adapter: one table, the payload as JSON.

import pg from "pg";

/** The adapter's class over a pool of the size of ours, with its table made. */
export async function adapter(database) {
  const pool = new pg.Pool({ connectionString: database, max: 16 });
  await pool.query(`CREATE TABLE IF NOT EXISTS model (
    name text, id text, payload jsonb NOT NULL, grant_id text, uid text, user_code text,
    expires timestamptz, consumed timestamptz, PRIMARY KEY (name, id))`);
  for (const column of ["grant_id", "uid", "user_code"]) {
    await pool.query(`CREATE INDEX IF NOT EXISTS model_${column} ON model (${column})`);
  }

  return class PostgresAdapter {
    constructor(name) {
      this.name = name;
    }

    async upsert(id, payload, expiresIn) {
      const { grantId, uid, userCode } = payload;
      await this.#ask(
        `INSERT INTO model (name, id, payload, grant_id, uid, user_code, expires)
         VALUES ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 second')
         ON CONFLICT (name, id) DO UPDATE SET (payload, grant_id, uid, user_code, expires) =
         (EXCLUDED.payload, EXCLUDED.grant_id, EXCLUDED.uid, EXCLUDED.user_code, EXCLUDED.expires)`,
        [id, payload, grantId, uid, userCode, expiresIn],
      );
    }

    find(id) {
      return this.#one("id", id);
    }

    findByUid(uid) {
      return this.#one("uid", uid);
    }

    findByUserCode(userCode) {
      return this.#one("user_code", userCode);
    }

    async consume(id) {
      await this.#ask("UPDATE model SET consumed = now() WHERE name = $1 AND id = $2", [id]);
    }

    async destroy(id) {
      await this.#ask("DELETE FROM model WHERE name = $1 AND id = $2", [id]);
    }

    async revokeByGrantId(grantId) {
      await this.#ask("DELETE FROM model WHERE name = $1 AND grant_id = $2", [grantId]);
    }

    async #one(column, value) {
      const [row] = await this.#ask(
        `SELECT payload, consumed FROM model
         WHERE name = $1 AND ${column} = $2 AND (expires IS NULL OR expires > now())`,
        [value],
      );
      return row && { ...row.payload, ...(row.consumed ? { consumed: true } : undefined) };
    }

    /** Each statement is prepared once a connection, as ours are. */
    async #ask(text, values) {
      const name = text.replace(/\s+/g, " ").slice(0, 63);
      return (await pool.query({ name, text, values: [this.name, ...values] })).rows;
    }
  };
}
