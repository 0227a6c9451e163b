// Answers one JSON request a line from standard input with one JSON answer a line, bytes as base64url. "members" maps a
// member to the text forms of her envelope keys; seeds are private halves.
//
//	{"op":"generate"}                                             -> {"seed","pub"}
//	{"op":"seal","pub","info","aad","plain"}                      -> {"sealed"}
//	{"op":"open","seed","info","aad","sealed"}                    -> {"plain"}
//	{"op":"envelope.open","file","members","control","content"}   -> {"id","header","control","content","again"}
//	{"op":"envelope.build","header","control","content","node","desk","signer"} -> {"id","file"}
//	{"op":"receipt.open","receipt","members"}                     -> {"says","digest"}
//	{"op":"receipt.make","says","signer"}                         -> {"receipt"}
//	{"op":"courier.open","file"}                                  -> {"manifest","kinds"}
//	{"op":"oprf.blind","inputs"}                                  -> {"blinds","elements"}
//	{"op":"oprf.evaluate","share","key","elements"}               -> {"elements","proof"}
//	{"op":"oprf.finalize","inputs","blinds","blinded","elements","key","proof"} -> {"outputs"}
//	{"op":"frame.json","text"}, {"op":"frame.parts","text","count"} -> {"again"}
//
// What fails answers {"error"}, and {"key","field"} where it was refused for a reason that the specification names.

import { createInterface } from "node:readline";
import * as courier from "./courier.js";
import * as envelope from "./envelope.js";
import { decode, encode, join, Refusal, split } from "./frame.js";
import { generate, open, seal } from "./hpke.js";
import { signingPair } from "./keys.js";
import * as oprf from "./oprf.js";
import * as receipt from "./receipt.js";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64url"));
const text = (raw) => Buffer.from(raw).toString("base64url");

/** Opens a whole envelope with everything that a receiver without a database can check. */
async function openEnvelope(r) {
	const e = envelope.parse(bytes(r.file));
	envelope.verifySender(e, r.members);
	const control = await envelope.openControl(e, bytes(r.control));
	const content = e.header.content ? await envelope.openContent(e, bytes(r.content)) : undefined;
	return {
		id: e.id, header: e.header, control, content: content && text(content), again: text(envelope.write(e)),
		canonical: text(encode(control)),
	};
}

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
	"envelope.open": openEnvelope,
	async "envelope.build"(r) {
		const { id, file } = await envelope.build({
			header: r.header, control: r.control, content: r.content === undefined ? undefined : bytes(r.content), toNode: bytes(r.node),
			toDesk: r.desk && bytes(r.desk), signer: signingPair(bytes(r.signer)),
		});
		return { id, file: text(file) };
	},
	"receipt.open"(r) {
		const got = receipt.parse(bytes(r.receipt));
		receipt.verifyMaker(got, r.members);
		return { says: got.receipt, digest: got.digest };
	},
	"receipt.make"(r) {
		return { receipt: text(receipt.make(r.says, signingPair(bytes(r.signer)))) };
	},
	"courier.open"(r) {
		const { manifest, records } = courier.parse(bytes(r.file));
		return { manifest, kinds: records.map((x) => x.kind) };
	},
	"oprf.blind"(r) {
		const { blinds, elements } = oprf.blind(r.inputs.map(bytes));
		return { blinds: blinds.map(text), elements: elements.map(text) };
	},
	"oprf.evaluate"(r) {
		const { elements, proof } = oprf.evaluate(bytes(r.share), bytes(r.key), r.elements.map(bytes));
		return { elements: elements.map(text), proof: text(proof) };
	},
	"oprf.finalize"(r) {
		const outputs = oprf.finalize(
			r.inputs.map(bytes), r.blinds.map(bytes), r.blinded.map(bytes), r.elements.map(bytes), bytes(r.key), bytes(r.proof),
		);
		return { outputs: outputs.map(text) };
	},
	"frame.json"(r) {
		return { again: text(encode(decode(bytes(r.text), 1 << 20))) };
	},
	"frame.parts"(r) {
		return { again: text(join(...split(bytes(r.text), r.count))) };
	},
};

for await (const line of createInterface({ input: process.stdin })) {
	const request = JSON.parse(line);
	let answer;
	try {
		answer = await operations[request.op](request);
	} catch (error) {
		answer = { error: `${error.name}: ${error.message}` };
		if (error instanceof Refusal) {
			answer.key = error.key;
			answer.field = error.field;
		}
	}
	process.stdout.write(`${JSON.stringify(answer)}\n`);
}
