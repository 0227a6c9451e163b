// Reads, opens, builds, seals and signs envelopes as spec/envelope.md says.

import { open as openHPKE, seal as sealHPKE } from "./hpke.js";
import {
	closed, decode, encode, isBoolean, isCode, isDesk, isHex, isInteger, isMember, isObject, isRandom, isString, join, Refusal, same, split,
} from "./frame.js";
import { isPadded, keyID, kemOf, OVERHEAD, pad, sha256, sign, signatureOf, signerOf, unpad, verify } from "./keys.js";

const MAGIC = Buffer.from("TRM1");
const DOMAIN = "opentrm/envelope/1";
export const SUITE = "MLKEM768X25519-HKDF-SHA256-AES256GCM";

const KIB = 1024;
const MAX_HEADER = 16 * KIB;
const MAX_CONTROL = KIB * KIB + 4 * KIB;
const MAX_CONTENT = 16 * KIB * KIB + 4 * KIB;
const MAX_FILE = MAX_HEADER + MAX_CONTROL + MAX_CONTENT + KIB;
const MAX_CONTROL_TEXT = KIB * KIB - 4;
const MAX_LIFE = 180 * 24 * 3600 * 1e6;
const FIRST_MOMENT = 2 ** 40;
const PER_EPOCH = 2 ** 20; // after a restore a side goes on at a multiple of it plus 1
const MAX_SEQ = 2 ** 40;

const string = { is: isString };
const integer = { is: isInteger };
const boolean = { is: isBoolean };
const object = { is: isObject };

const PART = { key: string, sha256: string, size: integer };
const VERSION = { version: integer, hash: string };
const HEADER = {
	v: integer, suite: string, from: string, to: string, created: integer, expires: integer, roster: object, sheet: integer, log: string,
	signer: string, control: object, content: { is: isObject, optional: true },
};
const CONTROL = {
	kind: string, from_desk: string, to_desk: string, realm: string, thread: string, side: string, seq: integer, prev: string,
	replaces: string, immediate: boolean, consent: string, basis: string, rule: string, categories: { is: Array.isArray },
	urgency: string, risk: string, onward: boolean, until: integer, bundle: string, body: object,
};

// The table of section 4: must, may or never.
const MUST = 2;
const MAY = 1;
const KINDS = {
	referral: { thread: true, desks: true, content: MAY, immediate: MAY, ruled: true },
	identity: { thread: true, desks: true, content: MUST, ruled: true },
	message: { thread: true, desks: true, content: MUST, ruled: true },
	publication: {},
	withdrawal: { thread: true, desks: true, immediate: MUST },
	"withdrawal-answer": { thread: true, desks: true, immediate: MUST },
	escalation: {}, receipt: {}, checkpoint: {}, cosignature: {}, consistency: {}, roster: {}, sheet: {}, resync: {}, erasure: {},
};

const size = (s) => Buffer.byteLength(s, "utf8");

// need refuses with key where the first wrong field is.
function need(key, checks) {
	for (const [field, ok] of checks) {
		if (!ok) {
			throw new Refusal(key, field);
		}
	}
}

const isPart = (p, limit) => isHex(p.key, 32) && isHex(p.sha256, 64) && p.size <= limit && isPadded(p.size - OVERHEAD);

/** Reads a header (section 2.1). */
export function parseHeader(bytes) {
	if (bytes.length > MAX_HEADER) {
		throw new Refusal("exchange.too-large");
	}
	const h = decode(bytes, MAX_HEADER);
	if (isObject(h) && isInteger(h.v) && h.v !== 1) {
		throw new Refusal("exchange.header.version");
	}
	closed(h, HEADER);
	closed(h.roster, VERSION);
	closed(h.control, PART);
	if (h.content !== undefined) {
		closed(h.content, PART);
	}
	checkHeader(h);
	return h;
}

function checkHeader(h) {
	need("exchange.header.field", [
		["from", isMember(h.from)],
		["to", isMember(h.to)],
		["v", h.v === 1],
		["suite", h.suite !== "" && size(h.suite) <= 64],
		["expires", h.created >= FIRST_MOMENT && h.expires > h.created && h.expires <= h.created + MAX_LIFE],
		["roster", h.roster.version >= 1 && isHex(h.roster.hash, 64)],
		["sheet", h.sheet >= 0 && h.sheet > 0 === (h.content !== undefined)],
		["log", size(h.log) <= 4 * KIB],
		["signer", isHex(h.signer, 32)],
		["control", isPart(h.control, MAX_CONTROL)],
		["content", h.content === undefined || isPart(h.content, MAX_CONTENT)],
	]);
}

/** Reads a control (section 3); content says whether the envelope has one. */
export function parseControl(bytes, content) {
	const c = closed(decode(bytes, MAX_CONTROL_TEXT), CONTROL);
	if (!c.categories.every(isString)) {
		throw new Refusal("frame.fields", "categories");
	}
	checkControl(c, content);
	return c;
}

function checkControl(c, content) {
	const t = Object.hasOwn(KINDS, c.kind) ? KINDS[c.kind] : undefined;
	if (t === undefined) {
		throw new Refusal("exchange.kind.unknown");
	}
	const fits = (need, there) => (need === MUST ? there : need === MAY || !there);
	const inThread = c.thread !== "" || c.side !== "" || c.seq !== 0 || c.prev !== "";
	need("exchange.control.field", [
		["replaces", c.replaces === "" || isHex(c.replaces, 64)],
		["thread", t.thread ? isRandom(c.thread) : !inThread],
		["side", !t.thread || c.side === "a" || c.side === "b"],
		["seq", !t.thread || (c.seq >= 1 && c.seq <= MAX_SEQ)],
		["prev", !t.thread || (c.seq === 1 ? c.prev === "" : c.seq % PER_EPOCH === 1 && c.prev === "" || isHex(c.prev, 64))],
		["from_desk", t.desks ? isDesk(c.from_desk) : c.from_desk === ""],
		["to_desk", t.desks ? isDesk(c.to_desk) : c.to_desk === ""],
		["realm", t.desks ? ["assistance", "prosecution", "office"].includes(c.realm) : c.realm === ""],
		["content", fits(t.content, content)],
		["immediate", fits(t.immediate, c.immediate)],
		["consent", c.consent === "" || isRandom(c.consent)],
		["basis", t.ruled ? isCode(c.basis) && isCode(c.rule) : c.basis === "" && c.rule === ""],
		["categories", c.categories.length <= 64 && c.categories.every((x, i) => isCode(x) && (i === 0 || c.categories[i - 1] < x))],
		["urgency", c.urgency === "" || isCode(c.urgency)],
		["risk", c.risk === "" || isCode(c.risk)],
		["until", c.until >= 0],
		["bundle", c.bundle === "" || (c.kind === "referral" && isRandom(c.bundle) && c.bundle !== c.thread)],
	]);
}

/** Reads a whole envelope: its parts belong together by size and digest. Who made it says verifySender. */
export function parse(file) {
	if (file.length > MAX_FILE) {
		throw new Refusal("exchange.too-large");
	}
	if (!same(file.subarray(0, MAGIC.length), MAGIC)) {
		throw new Refusal("exchange.magic");
	}
	const [header, control, content, signature] = split(file.subarray(MAGIC.length), 4);
	const h = parseHeader(header);
	const described = (part, b) => b.length === part.size && sha256(b) === part.sha256;
	if (!described(h.control, control) || (h.content ? !described(h.content, content) : content.length !== 0)) {
		throw new Refusal("exchange.digest");
	}
	return { id: sha256(header), header: h, bytes: header, control, content, signature: signatureOf(signature) };
}

/** Writes an envelope again. */
export const write = (e) => Buffer.concat([MAGIC, join(encode(e.header), e.control, e.content, e.signature)]);

/** Checks the sender's signature; members maps a member to the text forms of her envelope keys. */
export function verifySender(e, members) {
	if (!Object.hasOwn(members, e.header.from)) {
		throw new Refusal("exchange.member.unknown");
	}
	const signer = members[e.header.from].map(signerOf).find((k) => k.id === e.header.signer);
	if (signer === undefined || !verify(signer, DOMAIN, e.bytes, e.signature)) {
		throw new Refusal("exchange.signature");
	}
}

// The info of section 2.2.
function info(header, part, key) {
	const { control, content, ...before } = header;
	return join(DOMAIN, part, key, encode(before));
}

async function openPart(e, part, seed) {
	const key = kemOf(seed);
	if (key.id !== e.header[part].key) {
		throw new Refusal(`exchange.${part}.key`);
	}
	let padded;
	try {
		padded = await openHPKE(seed, info(e.header, part, key.id), new Uint8Array(), e[part]);
	} catch {
		throw new Refusal("seal.open");
	}
	return unpad(padded);
}

/** Opens the control with the node's key. */
export const openControl = async (e, seed) => parseControl(await openPart(e, "control", seed), e.header.content !== undefined);

/** Opens the content with the desk's intake key. */
export const openContent = (e, seed) => openPart(e, "content", seed);

/**
 * Builds an envelope: header without v, suite, signer and parts; control; content or undefined; the public halves of the
 * receiving node's control key and of the desk's intake key; the sender's signing pair.
 */
export async function build({ header, control, content, toNode, toDesk, signer }) {
	const h = { v: 1, suite: SUITE, ...header, signer: signer.id };
	checkControl(closed(control, CONTROL), content !== undefined);
	const sealPart = async (part, pub, plain) => {
		const key = keyID(pub);
		const sealed = await sealHPKE(pub, info(h, part, key), new Uint8Array(), pad(plain));
		return [{ key, sha256: sha256(sealed), size: sealed.length }, sealed];
	};
	const [described, sealed] = await sealPart("control", toNode, encode(control));
	const [describedContent, sealedContent] = content === undefined ? [undefined, Buffer.alloc(0)] : await sealPart("content", toDesk, content);
	h.control = described;
	if (describedContent !== undefined) {
		h.content = describedContent;
	}
	const bytes = encode(h);
	parseHeader(bytes);
	const file = Buffer.concat([MAGIC, join(bytes, sealed, sealedContent, sign(signer, DOMAIN, bytes))]);
	return { id: sha256(bytes), file };
}
