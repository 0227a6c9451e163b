// What crosses a border of spec/keys.md: padding, key identifiers, Ed25519 signatures. HPKE is in hpke.js.

import { createHash, createPrivateKey, createPublicKey, sign as ed25519, verify as verified } from "node:crypto";
import { publicOf } from "./hpke.js";
import { bytesOf, join, Refusal } from "./frame.js";

export const sha256 = (b) => createHash("sha256").update(b).digest("hex");

/** Key identifier (section 3) of the bytes of a public half. */
export const keyID = (publicHalf) => sha256(publicHalf).slice(0, 32);

/** By how much sealing lengthens: algorithm, encapsulated key, tag. */
export const OVERHEAD = 1 + 1120 + 16;

const STEPS = [4096, 16384, 65536, 262144];
const CHUNK = 1048576;

function step(n) {
	return STEPS.find((s) => s >= n) ?? Math.ceil(n / CHUNK) * CHUNK;
}

/** Whether a padded text can have this size (section 2.6). */
export const isPadded = (size) => size > 0 && step(size) === size;

export function pad(plain) {
	const out = Buffer.alloc(step(plain.length + 4));
	out.writeUInt32BE(plain.length);
	out.set(plain, 4);
	return out;
}

export function unpad(padded) {
	const b = Buffer.from(padded);
	const n = b.length < 4 ? 0 : b.readUInt32BE();
	if (b.length < 4 || n > b.length - 4 || step(n + 4) !== b.length || b.subarray(4 + n).some((x) => x !== 0)) {
		throw new Refusal("seal.padding");
	}
	return new Uint8Array(b.subarray(4, 4 + n));
}

/** The pair of an HPKE seed, and the identifier of its public half. */
export function kemOf(seed) {
	const pub = publicOf(seed);
	return { seed, pub, id: keyID(pub) };
}

// ---- signatures (section 4.1) ----

const ALGORITHM = "Ed25519:";
const DER_PUBLIC = Buffer.from("302a300506032b6570032100", "hex");
const DER_PRIVATE = Buffer.from("302e020100300506032b657004220420", "hex");

const P = 2n ** 255n - 19n;
const littleEndian = (hex) => BigInt(`0x${Buffer.from(hex, "hex").reverse().toString("hex")}`);
const SMALL = [
	0n,
	1n,
	P - 1n,
	littleEndian("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
	littleEndian("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
];

/** Reads the text form of a public half. */
export function signerOf(text) {
	if (!text.startsWith(ALGORITHM)) {
		throw new Refusal("seal.algorithm");
	}
	const pub = bytesOf(text.slice(ALGORITHM.length));
	const y = littleEndian(Buffer.from(pub).toString("hex")) & (2n ** 255n - 1n);
	if (pub.length !== 32 || y >= P || SMALL.includes(y)) {
		throw new Refusal("seal.key.form");
	}
	return { pub, id: keyID(pub), text };
}

/** The signing pair of a 32-byte seed. */
export function signingPair(seed) {
	const key = createPrivateKey({ key: Buffer.concat([DER_PRIVATE, seed]), format: "der", type: "pkcs8" });
	const pub = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(DER_PUBLIC.length);
	return { key, id: keyID(pub), text: ALGORITHM + pub.toString("base64url") };
}

/** Signs message under a domain: 66 bytes, the second slot empty. */
export function sign(pair, domain, message) {
	return Buffer.concat([Uint8Array.of(1), ed25519(null, join(domain, message), pair.key), Uint8Array.of(0)]);
}

/** Checks the form of a signature: two slots, of which the second must be empty. */
export function signatureOf(b) {
	if (b.length >= 1 && b[0] !== 1) {
		throw new Refusal("seal.algorithm");
	}
	if (b.length >= 66 && b[65] !== 0) {
		throw new Refusal("seal.algorithm");
	}
	if (b.length !== 66) {
		throw new Refusal("seal.signature.form");
	}
	return b;
}

/** Whether signature is that of signer on message under a domain. */
export function verify(signer, domain, message, signature) {
	const key = createPublicKey({ key: Buffer.concat([DER_PUBLIC, signer.pub]), format: "der", type: "spki" });
	return verified(null, join(domain, message), key, signatureOf(signature).subarray(1, 65));
}
