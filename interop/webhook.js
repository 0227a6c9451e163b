// Takes one message of a webhook a line from standard input, {"secret", "headers", "body"}, and answers with one line of what the library
// of the Standard Webhooks convention says of it: {"type", "error"}.

import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

for await (const line of createInterface({ input: process.stdin })) {
	const { secret, headers, body } = JSON.parse(line);
	let said;
	try {
		said = { type: new Webhook(secret).verify(body, headers).type };
	} catch (e) {
		said = { error: e.message };
	}
	process.stdout.write(JSON.stringify(said) + "\n");
}
