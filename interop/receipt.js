// Reads, verifies and makes receipts as spec/receipt.md says.

import { bytesOf, closed, decode, encode, isCode, isHex, isInteger, isMember, isObject, isString, Refusal } from "./frame.js";
import { sha256, sign, signatureOf, signerOf, verify } from "./keys.js";

const MAX = 4096;
const FIRST_MOMENT = 2 ** 40;

const string = { is: isString };
const integer = { is: isInteger };
const SIGNED = { receipt: { is: isObject }, signature: string };
const RECEIPT = {
	v: integer, envelope: string, from: string, by: string, stage: string, refusal: string, at: integer, leaf: string, previous: string,
	roster: { is: isObject }, ground: string, until: integer, signer: string,
};

const STAGES = ["relayed", "delivered", "opened", "decided", "refused", "expired", "frozen", "erased", "kept"];
const REFUSALS = [
	"blocked", "suspended", "roster", "checkpoint", "unsupported-suite", "stale-key", "unopenable", "unknown-kind", "unknown-desk",
	"clock", "rule-row", "consent-withdrawn", "conflict", "body", "not-permitted", "exceeds-consent", "roster-lapsed",
	"lost-time",
];

const domain = (r) => (r.stage === "relayed" ? "opentrm/relay/1" : "opentrm/receipt/1");

function check(r) {
	const kept = r.stage === "kept";
	const last = kept || r.stage === "erased";
	for (const [field, ok] of [
		["from", isMember(r.from)],
		["by", isMember(r.by)],
		["v", r.v === 1],
		["envelope", isHex(r.envelope, 64)],
		["stage", STAGES.includes(r.stage)],
		["refusal", r.stage === "refused" ? REFUSALS.includes(r.refusal) : r.refusal === ""],
		["at", r.at >= FIRST_MOMENT],
		["leaf", isHex(r.leaf, 64)],
		["previous", r.previous === "" || isHex(r.previous, 64)],
		["roster", r.roster.version >= 1 && isHex(r.roster.hash, 64)],
		["ground", kept ? isCode(r.ground) : r.ground === ""],
		["until", last ? r.until > 0 : r.until === 0],
		["signer", isHex(r.signer, 32)],
	]) {
		if (!ok) {
			throw new Refusal("exchange.receipt.field", field);
		}
	}
}

/** Reads a receipt. */
export function parse(bytes) {
	const s = closed(decode(bytes, MAX), SIGNED);
	closed(s.receipt, RECEIPT);
	closed(s.receipt.roster, { version: integer, hash: string });
	const signature = signatureOf(bytesOf(s.signature));
	check(s.receipt);
	return { receipt: s.receipt, signature, digest: sha256(bytes) };
}

/** Checks who says it; members maps a member to the text forms of her envelope keys. */
export function verifyMaker({ receipt, signature }, members) {
	if (!Object.hasOwn(members, receipt.by)) {
		throw new Refusal("exchange.member.unknown");
	}
	const signer = members[receipt.by].map(signerOf).find((k) => k.id === receipt.signer);
	if (signer === undefined || !verify(signer, domain(receipt), encode(receipt), signature)) {
		throw new Refusal("exchange.signature");
	}
}

/** Makes a receipt: what it says without v and signer, and the signing pair. */
export function make(says, signer) {
	const receipt = { v: 1, ...says, signer: signer.id };
	check(closed(receipt, RECEIPT));
	const signature = sign(signer, domain(receipt), encode(receipt)).toString("base64url");
	return encode({ receipt, signature });
}
