// The function of RFC 9497 that spec/veil-lookup.md is made of, by a library that shares no code with ours: as one who asks, and as
// one holder who answers with her share.

import { ristretto255_oprf } from "@noble/curves/ed25519.js";

const { voprf } = ristretto255_oprf;

/** Hides inputs: {blinds, elements}. */
export function blind(inputs) {
	const all = inputs.map((input) => voprf.blind(input));
	return { blinds: all.map((x) => x.blind), elements: all.map((x) => x.blinded) };
}

/** Answers with a share: {elements, proof}. */
export function evaluate(share, key, elements) {
	const { evaluated, proof } = voprf.blindEvaluateBatch(share, key, elements);
	return { elements: evaluated, proof };
}

/** Checks the proof, takes the hiding off and returns the outputs, or throws. */
export function finalize(inputs, blinds, blinded, evaluated, key, proof) {
	const items = inputs.map((input, i) => ({ input, blind: blinds[i], blinded: blinded[i], evaluated: evaluated[i] }));
	return voprf.finalizeBatch(items, key, proof);
}
