// Calls of a script's functions, for test_twins.py: [module, [function, arguments, …], …] comes as
// JSON, what the calls give goes back as JSON. What is not finite is a word there, as in the API's
// answers.

import { readFileSync } from "node:fs";

const [name, ...calls] = JSON.parse(readFileSync(0, "utf8"));
const module = await import(`../../static/js/${name}.js`);
const found = [];
for (const [called, ...given] of calls) found.push((await module[called](...given)) ?? null);
const word = (_, value) =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
process.stdout.write(JSON.stringify(found, word));
