// graphile-worker: 32 jobs at once, a local queue of 500, completions in batches.
import pg from "pg";
import { Logger, run, runMigrations } from "graphile-worker";
import { Pool as Calls } from "undici";

const { DATABASE_URL: connectionString, PORTAL_URL } = process.env;
const logger = new Logger(() => () => {});

// Says how far it is, and waits until its use of the machine has been read.
function say(line) {
  console.log(line);
  return new Promise((end) => process.stdin.once("data", end));
}

async function enrol() {
  await runMigrations({ connectionString, logger });
  const client = new pg.Client({ connectionString });
  await client.connect();
  const began = process.hrtime.bigint();
  await client.query(`SELECT count(*) FROM graphile_worker.add_jobs(ARRAY(
    SELECT json_populate_record(NULL::graphile_worker.job_spec,
      json_build_object('identifier', 'send', 'payload', json_build_object('body', body))) FROM body))`);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  await client.end();
  await say(`enrolled ${seconds}`);
  process.exit(0);
}

async function work() {
  const calls = new Calls(PORTAL_URL, { connections: 32, pipelining: 1 });
  const headers = { "content-type": "application/json; charset=utf-8", dstcode: "VN:GOV:G22:DVC" };
  const send = async ({ body }) => {
    const answer = await calls.request({ path: "/integration", method: "POST", headers, body });
    const told = await answer.body.json();
    if (told.error_code !== 0 && told.error_code !== "0") throw new Error("refused");
  };
  const pgPool = new pg.Pool({ connectionString, max: 12 });
  const runner = await run({
    pgPool, logger, noHandleSignals: true, taskList: { send },
    preset: { worker: {
      concurrentJobs: 32, pollInterval: 100, localQueue: { size: 500 },
      completeJobBatchDelay: 5, failJobBatchDelay: 5,
    } },
  });
  const left = async () => (await pgPool.query("SELECT count(*)::int AS n FROM graphile_worker._private_jobs")).rows[0].n;
  while ((await left()) > 0) await new Promise((wake) => setTimeout(wake, 50));
  await say("done");
  await runner.stop();
  process.exit(0);
}

await (process.argv[2] === "enrol" ? enrol() : work());
