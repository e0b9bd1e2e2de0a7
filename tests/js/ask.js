// Calls of one function of a script, for test_twins.py: [module, function, arguments, …] comes as JSON, what it
// gives goes back as JSON. What is not finite is a word there, as in the API's answers.

import { readFileSync } from "node:fs";

const [module, name, ...calls] = JSON.parse(readFileSync(0, "utf8"));
const called = (await import(`../../static/js/${module}.js`))[name];
const found = await Promise.all(calls.map((given) => called(...given)));
const word = (_, value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);
process.stdout.write(JSON.stringify(found, word));
