// Reads and writes the two forms of spec/frame.md: canonical JSON and parts.

/** A refusal: key is that of the specification, field the place in a document, where it has one. */
export class Refusal extends Error {
	constructor(key, field = "") {
		super(field === "" ? key : `${key} ${field}`);
		this.key = key;
		this.field = field;
	}
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const raw = (text) => new Uint8Array(Buffer.from(text, "utf8"));

export const same = (a, b) => Buffer.compare(a, b) === 0;

/** Writes a value canonically (section 2). Numbers are integers. */
export function encode(value) {
	return raw(text(value));
}

function text(value) {
	if (Array.isArray(value)) {
		return `[${value.map(text).join(",")}]`;
	}
	if (value !== null && typeof value === "object") {
		const names = Object.keys(value).sort(byUnits);
		return `{${names.map((n) => `${quoted(n)}:${text(value[n])}`).join(",")}}`;
	}
	return typeof value === "string" ? quoted(value) : String(value);
}

// JavaScript compares strings by their UTF-16 code units.
const byUnits = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

const short = { '"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r" };

function quoted(s) {
	return `"${s.replace(/["\\\u0000-\u001f]/g, (c) => short[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
}

/** Reads canonical JSON of at most limit bytes. */
export function decode(bytes, limit) {
	if (bytes.length > limit) {
		throw new Refusal("frame.too-large");
	}
	let s;
	try {
		s = utf8.decode(bytes);
	} catch {
		throw new Refusal("frame.utf8");
	}
	let value;
	try {
		value = JSON.parse(s);
	} catch {
		throw new Refusal(goesOn(s) ? "frame.trailing" : "frame.json");
	}
	scan(s);
	if (text(value) !== s) {
		throw new Refusal("frame.not-canonical");
	}
	return value;
}

// endOf returns where the string that begins at i ends: at its closing quotation mark, or after the text.
function endOf(s, i) {
	for (i++; i < s.length && s[i] !== '"'; i++) {
		if (s[i] === "\\") {
			i++;
		}
	}
	return i;
}

// goesOn says whether a text that is no JSON is one value with something after it.
function goesOn(s) {
	let depth = 0;
	for (let i = 0; i < s.length; i++) {
		if (s[i] === '"') {
			i = endOf(s, i);
		} else if (s[i] === "{" || s[i] === "[") {
			depth++;
		} else if (s[i] === "}" || s[i] === "]") {
			depth--;
		} else {
			continue;
		}
		if (depth <= 0) {
			try {
				JSON.parse(s.slice(0, i + 1));
				return true;
			} catch {
				return false;
			}
		}
	}
	return false;
}

// scan looks at what JSON.parse lets pass: repeated names, numbers that are no integers, half pairs, depth. The text is
// known to be JSON.
function scan(s) {
	const stack = [];
	let last = "";
	for (let i = 0; i < s.length; i++) {
		const c = s[i];
		if (c === "{" || c === "[") {
			stack.push(c === "{" ? new Set() : null);
			if (stack.length > 16) {
				throw new Refusal("frame.depth");
			}
		} else if (c === "}" || c === "]") {
			stack.pop();
		} else if (c === '"') {
			const begin = i;
			i = endOf(s, i);
			const value = JSON.parse(s.slice(begin, i + 1));
			if (/\p{Surrogate}/u.test(value)) {
				throw new Refusal("frame.surrogate");
			}
			const names = stack.at(-1);
			if (names && (last === "{" || last === ",")) {
				if (names.has(value)) {
					throw new Refusal("frame.repeated-name");
				}
				names.add(value);
			}
		} else if (c === "-" || (c >= "0" && c <= "9")) {
			const number = s.slice(i).match(/^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?/)[0];
			if (!/^(0|-?[1-9][0-9]*)$/.test(number) || !Number.isSafeInteger(Number(number))) {
				throw new Refusal("frame.number");
			}
			i += number.length - 1;
		} else if (/\s/.test(c)) {
			continue;
		}
		last = c;
	}
}

/**
 * Reads a document (section 2.1) as an object with exactly the names of form. Each is {is, empty}: is says whether a
 * value has the type; a name with an empty value is left out.
 */
export function closed(value, form) {
	if (value === null || typeof value !== "object" || Array.isArray(value)) {
		throw new Refusal("frame.fields");
	}
	for (const name of Object.keys(value)) {
		if (!Object.hasOwn(form, name) || !form[name].is(value[name])) {
			throw new Refusal("frame.fields", name);
		}
	}
	for (const name of Object.keys(form)) {
		if (!Object.hasOwn(value, name) && !form[name].optional) {
			throw new Refusal("frame.fields", name);
		}
	}
	return value;
}

/** Joins parts (section 3). */
export function join(...parts) {
	const out = [];
	for (const p of parts) {
		const b = typeof p === "string" ? Buffer.from(p, "utf8") : Buffer.from(p);
		const size = Buffer.alloc(4);
		size.writeUInt32BE(b.length);
		out.push(size, b);
	}
	return new Uint8Array(Buffer.concat(out));
}

/** Splits exactly count parts. */
export function split(bytes, count) {
	const b = Buffer.from(bytes);
	const parts = [];
	let at = 0;
	for (let i = 0; i < count; i++) {
		if (b.length - at < 4 || b.length - at - 4 < b.readUInt32BE(at)) {
			throw new Refusal("frame.truncated");
		}
		const end = at + 4 + b.readUInt32BE(at);
		parts.push(new Uint8Array(b.subarray(at + 4, end)));
		at = end;
	}
	if (at !== b.length) {
		throw new Refusal("frame.trailing");
	}
	return parts;
}

/** Reads bytes that stand in a document (section 2.2). */
export function bytesOf(s) {
	const b = Buffer.from(s, "base64url");
	if (b.toString("base64url") !== s) {
		throw new Refusal("seal.base64");
	}
	return new Uint8Array(b);
}

export const isString = (v) => typeof v === "string";
export const isInteger = (v) => Number.isSafeInteger(v);
export const isBoolean = (v) => typeof v === "boolean";
export const isObject = (v) => v !== null && typeof v === "object" && !Array.isArray(v);

// The common values of section 2.2.
export const isHex = (s, n) => typeof s === "string" && s.length === n && /^[0-9a-f]*$/.test(s);
export const isMember = (s) => /^([A-Z]{2,3}|[A-Z]{1,3}-[A-Z0-9]{1,4})$/.test(s);
export const isDesk = (s) => s.length <= 40 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(s);
export const isCode = (s) => s.length <= 64 && /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/.test(s);

/** 128 random bits: 26 characters, the last two bits zero. */
export const isRandom = (s) => /^[0-9a-hjkmnp-tv-z]{25}[048cgmrw]$/.test(s);
