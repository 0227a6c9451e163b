// Answers one FHIR R4 resource a line from standard input with one line of what a validator of others says of it:
// {"valid", "messages": [{"location", "severity", "message"}]}. It checks cardinality, types, required value sets and that
// nothing is there that FHIR does not know.

import { createInterface } from "node:readline";
import pkg from "fhir";

const fhir = new pkg.Fhir();
for await (const line of createInterface({ input: process.stdin })) {
	const { valid, messages } = fhir.validate(JSON.parse(line), { errorOnUnexpected: true });
	process.stdout.write(JSON.stringify({ valid, messages }) + "\n");
}
