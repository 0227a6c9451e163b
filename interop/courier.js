// Reads courier files as spec/courier.md says.

import { closed, decode, isInteger, isMember, isObject, isString, Refusal, same } from "./frame.js";
import { sha256 } from "./keys.js";

const MAGIC = Buffer.from("TRMC");
const SMALL = 4096;
const MAX = { 1: 17 * 1024 * 1024 + 25 * 1024, 2: 4096, 3: 768 * 1024, 4: 768 * 1024 };
const MAX_RECORDS = 10000;

/** Returns manifest and records, [{kind, data}]. */
export function parse(file) {
	const b = Buffer.from(file);
	if (!same(b.subarray(0, MAGIC.length), MAGIC)) {
		throw new Refusal("exchange.magic");
	}
	let at = MAGIC.length;
	const part = (limit) => {
		if (b.length - at < 4) {
			throw new Refusal("exchange.courier.truncated");
		}
		const n = b.readUInt32BE(at);
		if (n > limit) {
			throw new Refusal("exchange.courier.too-large");
		}
		if (b.length - at - 4 < n) {
			throw new Refusal("exchange.courier.truncated");
		}
		at += 4 + n;
		return b.subarray(at - n, at);
	};
	const string = { is: isString };
	const integer = { is: isInteger };
	const manifest = decode(part(SMALL), SMALL);
	if (isObject(manifest) && isInteger(manifest.v) && manifest.v !== 1) {
		throw new Refusal("exchange.courier.version");
	}
	closed(manifest, { v: integer, by: string, created: integer });
	if (!isMember(manifest.by)) {
		throw new Refusal("exchange.courier.manifest");
	}
	const records = [];
	for (;;) {
		const before = at;
		if (at >= b.length) {
			throw new Refusal("exchange.courier.truncated");
		}
		const kind = b[at++];
		if (kind === 0) {
			const end = closed(decode(part(SMALL), SMALL), { records: integer, sha256: string });
			if (end.records !== records.length || end.sha256 !== sha256(b.subarray(0, before))) {
				throw new Refusal("exchange.courier.digest");
			}
			if (at !== b.length) {
				throw new Refusal("exchange.courier.trailing");
			}
			return { manifest, records };
		}
		if (MAX[kind] === undefined || records.length >= MAX_RECORDS) {
			throw new Refusal("exchange.courier.record");
		}
		records.push({ kind, data: part(MAX[kind]) });
	}
}
