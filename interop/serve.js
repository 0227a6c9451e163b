// Answers one JSON request a line from standard input with one JSON answer a line, bytes as base64url:
//
//	{"op":"generate"}                            -> {"seed","pub"}
//	{"op":"seal","pub","info","aad","plain"}     -> {"sealed"}
//	{"op":"open","seed","info","aad","sealed"}   -> {"plain"}
//
// What fails answers {"error"}.

import { createInterface } from "node:readline";
import { generate, open, seal } from "./hpke.js";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64url"));
const text = (raw) => Buffer.from(raw).toString("base64url");

const operations = {
	async generate() {
		const { seed, pub } = await generate();
		return { seed: text(seed), pub: text(pub) };
	},
	async seal(r) {
		return { sealed: text(await seal(bytes(r.pub), bytes(r.info), bytes(r.aad), bytes(r.plain))) };
	},
	async open(r) {
		return { plain: text(await open(bytes(r.seed), bytes(r.info), bytes(r.aad), bytes(r.sealed))) };
	},
};

for await (const line of createInterface({ input: process.stdin })) {
	const request = JSON.parse(line);
	let answer;
	try {
		answer = await operations[request.op](request);
	} catch (error) {
		answer = { error: `${error.name}: ${error.message}` };
	}
	process.stdout.write(`${JSON.stringify(answer)}\n`);
}
