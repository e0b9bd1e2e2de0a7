// Asking the service: calls, what is asked in which order, streams and trainings. A stand-in
// answers.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Problem, post } from "../../static/js/api.js";
import { eventsOf } from "../../static/js/event-stream.js";
import { functions } from "../../static/js/functions.js";
import { TrainingRun } from "../../static/js/training-run.js";
import { ALL, Work } from "../../static/js/work.js";

const { fetch } = globalThis;
afterEach(() => {
  globalThis.fetch = fetch;
});

/** Answer every request by `answer(path, body, signal)`; returns the list of requests. */
function stand(answer) {
  const asked = [];
  globalThis.fetch = (path, { body, signal } = {}) => {
    asked.push({ path, body: body && JSON.parse(body) });
    return Promise.resolve(answer(path, body && JSON.parse(body), signal));
  };
  return asked;
}

const json = (data, status = 200, headers = {}) =>
  new Response(JSON.stringify(data), { status, headers });
const turns = async (count = 20) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
};

test("a refusal is a problem with its faults", async () => {
  stand(() => json({ title: "Wrong.", detail: "It is wrong.", errors: [{ code: "syntax" }] }, 422));
  await assert.rejects(
    post("/x", {}),
    (error) =>
      error instanceof Problem && error.message === "It is wrong." && error.faults.length === 1,
  );
});

test("a service that cannot be reached, and one that answers no JSON, are problems", async () => {
  stand(() => Promise.reject(new TypeError("no route")));
  await assert.rejects(
    post("/x", {}),
    (error) => error instanceof Problem && error.details.status === 0,
  );
  stand(() => new Response("<html>", { status: 502 }));
  await assert.rejects(
    post("/x", {}),
    (error) => error instanceof Problem && error.details.status === 502,
  );
});

test("a busy service is asked again, three times at most", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const asked = stand(() =>
    asked.length < 2 ? json({ title: "Busy." }, 503, { "Retry-After": "2" }) : json({ ok: true }),
  );
  const answer = post("/x", {});
  await turns();
  assert.equal(asked.length, 1);
  context.mock.timers.tick(2000);
  assert.deepEqual(await (await answer).json(), { ok: true });
  const refused = stand(() => json({ title: "Busy." }, 429));
  const outcome = assert.rejects(post("/x", {}), Problem);
  for (let each = 0; each < 3; each += 1) {
    await turns();
    context.mock.timers.tick(1000);
  }
  await outcome;
  assert.equal(refused.length, 3);
});

test("who has stopped is not asked for again", async () => {
  const stop = new AbortController();
  const asked = stand(() => json({ title: "Busy." }, 503));
  const answer = post("/x", {}, stop.signal);
  await turns();
  stop.abort();
  await assert.rejects(answer, { name: "AbortError" });
  assert.equal(asked.length, 1);
});

/** Work with a stand-in that answers when it is told to, and notices who stopped. */
function working() {
  const waiting = [];
  const received = [];
  globalThis.fetch = (_, { body, signal }) =>
    new Promise((resolve, reject) => {
      const { parts } = JSON.parse(body);
      const answer = (data, status) =>
        resolve(json(data ?? Object.fromEntries(parts.map((part) => [part, `${part}!`])), status));
      waiting.push({ parts, answer, signal });
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  const work = new Work(
    () => ({ source: "L" }),
    (name, answer) => received.push([name, answer]),
  );
  const names = () => received.filter(([name]) => name !== "busy").map(([name]) => name);
  const next = async (...given) => {
    waiting.at(-1).answer(...given);
    await turns();
  };
  return { work, waiting, received, names, next };
}

test("numbers come first, then the picture, the formulas, the check", async () => {
  const { work, waiting, names, next, received } = working();
  work.restart(ALL);
  for (let round = 0; round < 4; round += 1) await next();
  assert.deepEqual(
    waiting.map(({ parts }) => parts),
    [["numbers"], ["drawing", "walk"], ["formulas"], ["check"]],
  );
  assert.deepEqual(names(), ["valid", "numbers", "drawing", "walk", "formulas", "check"]);
  assert.deepEqual(received.at(-1), ["busy", []]);
});

test("an answer to an older text is never passed on", async () => {
  const { work, waiting, names, next } = working();
  work.restart(ALL);
  work.restart(["numbers"]);
  assert.ok(waiting[0].signal.aborted);
  await turns();
  await next();
  assert.deepEqual(names(), ["valid", "numbers"]);
});

test("an answer that came just before the text changed is not passed on", async () => {
  const { work, waiting, names, next } = working();
  work.restart(["numbers"]);
  waiting[0].answer();
  work.restart(["formulas"]);
  await turns();
  await next();
  assert.deepEqual(names(), ["formulas"]);
});

test("a moved value stops what is slow, and that is asked for after it", async () => {
  const { work, waiting, next } = working();
  work.restart(ALL);
  await next();
  work.refresh(["numbers", "figures"]);
  assert.ok(waiting[1].signal.aborted);
  await turns();
  assert.deepEqual(waiting[2].parts, ["numbers", "figures"]);
  await next();
  assert.deepEqual(waiting[3].parts, ["drawing", "walk"]);
});

test("a moved value lets earlier numbers come", async () => {
  const { work, waiting, names, next } = working();
  work.restart(["numbers"]);
  work.refresh(["numbers"]);
  assert.equal(waiting[0].signal.aborted, false);
  await next();
  await next();
  assert.deepEqual(names(), ["valid", "numbers", "valid", "numbers"]);
});

test("another view is asked for at once, the rest again after it", async () => {
  const { work, waiting, next } = working();
  work.restart(["numbers"]);
  work.askFirst(["drawing", "walk"]);
  await turns();
  assert.deepEqual(waiting[1].parts, ["numbers"]);
  await next();
  assert.deepEqual(waiting[2].parts, ["drawing", "walk"]);
});

test("a wrong text is a fault, and nothing more is asked", async () => {
  const { work, waiting, names, next } = working();
  work.restart(ALL);
  await next({ title: "Wrong." }, 422);
  assert.deepEqual(names(), ["fault"]);
  assert.equal(waiting.length, 1);
});

test("formulas that fail are a problem of theirs alone", async () => {
  const { work, received, next } = working();
  work.restart(["formulas", "check"]);
  await next({ title: "Too large." }, 422);
  await next();
  assert.deepEqual(
    received.filter(([name]) => name !== "busy"),
    [
      ["formulas", { problem: { title: "Too large.", status: 422 } }],
      ["check", "check!"],
    ],
  );
});

test("what is stopped is named and does not come", async () => {
  const { work, waiting, names } = working();
  work.restart(["formulas", "check"]);
  assert.deepEqual(work.stop(["formulas", "numbers"]), ["formulas"]);
  await turns();
  assert.ok(waiting[0].signal.aborted);
  assert.deepEqual([waiting.at(-1).parts, names()], [["check"], []]);
});

const stream = (...pieces) =>
  new Response(
    new ReadableStream({
      start(controller) {
        for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
        controller.close();
      },
    }),
  );
const event = (name, data) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

test("events come whole, wherever the stream was cut", async () => {
  const text = event("step", { loss: "σ" }) + event("summary", 2);
  const bytes = [...text].map((each) => each);
  const found = [];
  for await (const each of eventsOf(stream(...bytes))) found.push(each);
  assert.deepEqual(found, [
    { name: "step", number: null, data: { loss: "σ" } },
    { name: "summary", number: null, data: 2 },
  ]);
});

test("a training keeps its steps, and one that was not sent comes in between", async () => {
  const asked = stand((_, { steps }) =>
    steps === 6
      ? stream(event("step", { step: 0 }), event("step", { step: 5 }))
      : stream(
          event("start", { loss: "L", settings: { rate: 1 } }),
          event("step", { step: 0 }),
          event("step", { step: 10 }),
          event("summary", { outcome: "done" }),
        ),
  );
  const told = [];
  const run = new TrainingRun({ source: "L", steps: 10 }, (name) => told.push(name));
  await turns();
  assert.deepEqual(told, ["start", "step", "step", "summary"]);
  await run.fetchStep(5);
  assert.deepEqual(
    run.steps.map(({ step }) => step),
    [0, 5, 10],
  );
  assert.deepEqual(asked[1].body, { source: "L", steps: 6, settings: { rate: 1 }, every: 5 });
});

test("a training that is refused or cut off says so, and one that is stopped says nothing", async () => {
  stand(() => json({ title: "Wrong." }, 422));
  const told = [];
  const run = new TrainingRun({}, (name) => told.push(name));
  await turns();
  assert.deepEqual([told, run.problem.title], [["problem"], "Wrong."]);
  stand(() => stream("event: start\ndata: {\n\n"));
  const cut = new TrainingRun({}, () => {});
  await turns();
  assert.equal(cut.problem.title, "The training was cut off.");
  const quiet = [];
  new TrainingRun({}, (name) => quiet.push(name)).stop();
  await turns();
  assert.deepEqual(quiet, []);
});

/** The events from one on of a training of two steps, the last of them left out. */
function events(from, left = 0, location = "/api/v1/train/ab") {
  const all = [
    event("start", { loss: "L" }),
    event("step", { step: 0 }),
    event("step", { step: 1 }),
    event("summary", { outcome: "done" }),
  ].map((text, number) => `id: ${number}\n${text}`);
  const response = stream(...all.slice(from, all.length - left));
  response.headers.set("Content-Location", location);
  return response;
}

/** A training, what it told, and the time, which passes by seconds. */
function training(context) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const told = [];
  const run = new TrainingRun({ source: "L" }, (name) => told.push(name));
  const pass = async (seconds = 0) => {
    await turns();
    context.mock.timers.tick(1000 * seconds);
    await turns();
  };
  return { run, told, pass };
}

test("a training whose stream ends early is gone on with, once more and once more", async (context) => {
  const answers = [
    () => events(0, 2),
    () => Promise.reject(new TypeError("no route")),
    () => json({}, 503),
    () => events(2, 1),
    () => events(3),
  ];
  const asked = stand(() => answers.shift()());
  const { run, told, pass } = training(context);
  await pass();
  assert.match(run.waiting.detail, /begins/);
  assert.deepEqual(told, ["start", "step", "waiting"]);
  await pass(1);
  assert.equal(run.waiting.title, "The connection is lost.");
  await pass(1);
  assert.equal(asked.length, 2, "the pause grows");
  await pass(1);
  assert.equal(run.waiting.title, "The server answered 503.");
  await pass(4);
  assert.match(run.waiting.detail, /goes on after 1 update\./);
  await pass(1);
  assert.deepEqual([run.waiting, run.summary], [null, { outcome: "done" }]);
  assert.deepEqual(
    run.steps.map(({ step }) => step),
    [0, 1],
  );
  const from = (number) => `/api/v1/train/ab?from=${number}`;
  assert.deepEqual(
    asked.map(({ path }) => path),
    ["/api/v1/train", from(2), from(2), from(2), from(3)],
  );
});

test("a training that the service has forgotten is sent anew, and no step comes twice", async (context) => {
  const answers = [() => events(0, 1), () => json({}, 404), () => events(0)];
  const asked = stand(() => answers.shift()());
  const { run, told, pass } = training(context);
  await pass();
  await pass(1);
  assert.deepEqual(told, ["start", "step", "step", "waiting", "summary"]);
  assert.equal(run.steps.length, 2);
  assert.equal(asked[2].body.source, "L");
});

test("a service that ends, and a stream that says nothing, are waited for; a fault is not", async (context) => {
  const silent = (signal) =>
    new Response(
      new ReadableStream({
        start(controller) {
          signal.addEventListener("abort", () => controller.error(signal.reason));
        },
      }),
    );
  const answers = [
    () => events(0, 2, "/api/v1/train/cd"),
    () => stream(event("error", { title: "It is ended.", status: 503 })),
    silent,
    () => stream(event("error", { title: "It broke.", status: 500 })),
  ];
  const asked = stand((_path, _body, signal) => answers.shift()(signal));
  const { run, told, pass } = training(context);
  await pass();
  await pass(1);
  assert.equal(run.waiting.title, "It is ended.");
  await pass(2);
  await pass(59);
  assert.equal(told.length, 4);
  await pass(1);
  assert.equal(run.waiting.title, "The connection is lost.");
  await pass(4);
  assert.equal(run.problem.title, "It broke.");
  await pass(60);
  assert.equal(asked.length, 4);
});

test("who does not want to wait is not kept waiting", async (context) => {
  const answers = [() => events(0, 2), () => new Promise(() => {}), () => events(2)];
  const hanging = (answer, signal) =>
    new Promise((done, failed) => {
      signal.addEventListener("abort", () => failed(signal.reason));
      Promise.resolve(answer()).then(done);
    });
  stand((_path, _body, signal) => hanging(answers.shift(), signal));
  const { run, pass } = training(context);
  await pass();
  run.tryNow();
  await pass();
  assert.equal(answers.length, 1);
  run.tryNow();
  await pass();
  assert.deepEqual([run.steps.length, run.summary], [2, { outcome: "done" }]);
});

test("the functions are asked for once, and again where they did not come", async () => {
  stand(() => new Response("", { status: 503 }));
  await assert.rejects(functions());
  const asked = stand(() =>
    json({
      operations: [
        { name: "exp", signature: "exp(x)" },
        { name: "+", signature: null },
      ],
    }),
  );
  assert.deepEqual(
    (await functions()).map(({ name }) => name),
    ["exp"],
  );
  await functions();
  assert.equal(asked.length, 1);
});
