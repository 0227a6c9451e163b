// Opens an envelope, or the envelopes of a courier file, and prints one JSON object a line:
//
//	node open.js FILE KEYS
//
// KEYS is a JSON file: {"members": {"MD": ["Ed25519:…"]}, "seeds": ["hexadecimal private half", …]}. Of an envelope for
// somebody else it prints the header.

import { readFileSync } from "node:fs";
import * as courier from "./courier.js";
import * as envelope from "./envelope.js";
import { kemOf } from "./keys.js";

const [file, keysFile] = process.argv.slice(2);
if (keysFile === undefined) {
	console.error("node open.js FILE KEYS");
	process.exit(2);
}
const keys = JSON.parse(readFileSync(keysFile, "utf8"));
const seeds = keys.seeds.map((s) => new Uint8Array(Buffer.from(s, "hex")));
const seedOf = (id) => seeds.find((s) => kemOf(s).id === id);

async function show(bytes) {
	const e = envelope.parse(bytes);
	envelope.verifySender(e, keys.members);
	const out = { id: e.id, header: e.header };
	const node = seedOf(e.header.control.key);
	if (node) {
		out.control = await envelope.openControl(e, node);
	}
	const desk = e.header.content && seedOf(e.header.content.key);
	if (desk) {
		out.content = Buffer.from(await envelope.openContent(e, desk)).toString("utf8");
	}
	return out;
}

const bytes = new Uint8Array(readFileSync(file));
const isCourier = Buffer.from(bytes.subarray(0, 4)).toString() === "TRMC";
const all = isCourier ? courier.parse(bytes).records.filter((r) => r.kind === 1).map((r) => new Uint8Array(r.data)) : [bytes];
for (const one of all) {
	console.log(JSON.stringify(await show(one)));
}
