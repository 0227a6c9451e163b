// Seals and opens as spec/keys.md section 3 says, with an HPKE that shares no code with ours.
// It knows the outer form only: one algorithm byte, the encapsulated key, the sealed text.

import "./webcrypto.js";
import { CipherSuite } from "hpke";
import { AEAD_AES_256_GCM, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 } from "@panva/hpke-noble";
import { MLKEM768X25519 } from "@noble/post-quantum/hybrid.js";

const ALGORITHM = 0x11;
const ENCAPSULATED = 1120;

const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_256_GCM);

/** Makes a pair: {seed: Uint8Array(32), pub: Uint8Array(1216)}. */
export async function generate() {
	const pair = await suite.GenerateKeyPair(true);
	return {
		seed: await suite.SerializePrivateKey(pair.privateKey),
		pub: await suite.SerializePublicKey(pair.publicKey),
	};
}

/** The public half of a seed. */
export function publicOf(seed) {
	return MLKEM768X25519.keygen(seed).publicKey;
}

/** Seals plain to the public key pub, bound to info and aad. */
export async function seal(pub, info, aad, plain) {
	const key = await suite.DeserializePublicKey(pub);
	const { encapsulatedSecret, ciphertext } = await suite.Seal(key, plain, { info, aad });
	return Buffer.concat([Uint8Array.of(ALGORITHM), encapsulatedSecret, ciphertext]);
}

/** Opens what was sealed to the public half of seed with the same info and aad, or throws. */
export async function open(seed, info, aad, sealed) {
	if (sealed[0] !== ALGORITHM) {
		throw new Error("algorithm");
	}
	const key = await suite.DeserializePrivateKey(seed, true);
	const end = 1 + ENCAPSULATED;
	return suite.Open(key, sealed.subarray(1, end), sealed.subarray(end), { info, aad });
}
