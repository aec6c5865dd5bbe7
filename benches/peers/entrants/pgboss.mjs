// pg-boss: two loops that fetch 500 jobs each, 32 calls at once in each, completions by batch.
import pg from "pg";
import PgBoss from "pg-boss";
import { Pool as Calls } from "undici";

const { DATABASE_URL: connectionString, PORTAL_URL } = process.env;
const boss = new PgBoss({ connectionString, supervise: false, schedule: false, max: 4 });

// Says how far it is, and waits until its use of the machine has been read.
function say(line) {
  console.log(line);
  return new Promise((end) => process.stdin.once("data", end));
}

async function enrol() {
  await boss.start();
  await boss.createQueue("send");
  const client = new pg.Client({ connectionString });
  await client.connect();
  const began = process.hrtime.bigint();
  const { rows } = await client.query("SELECT body FROM body");
  for (let at = 0; at < rows.length; at += 2000) {
    await boss.insert(rows.slice(at, at + 2000).map(({ body }) => ({ name: "send", data: { body } })));
  }
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  await client.end();
  await say(`enrolled ${seconds}`);
  process.exit(0);
}

async function work() {
  await boss.start();
  const calls = new Calls(PORTAL_URL, { connections: 32, pipelining: 1 });
  const headers = { "content-type": "application/json; charset=utf-8", dstcode: "VN:GOV:G22:DVC" };
  const send = async (body) => {
    const answer = await calls.request({ path: "/integration", method: "POST", headers, body });
    const told = await answer.body.json();
    if (told.error_code !== 0 && told.error_code !== "0") throw new Error("refused");
  };
  const loop = async () => {
    for (;;) {
      const jobs = await boss.fetch("send", { batchSize: 500 });
      if (jobs.length === 0) return;
      let next = 0;
      const lane = async () => {
        while (next < jobs.length) await send(jobs[next++].data.body);
      };
      await Promise.all(Array.from({ length: 32 }, lane));
      await boss.complete("send", jobs.map((job) => job.id));
    }
  };
  await Promise.all([loop(), loop()]);
  await say("done");
  process.exit(0);
}

await (process.argv[2] === "enrol" ? enrol() : work());
