// Gives Node 18, which Debian 12 has, the global that later versions have by themselves. It is imported first.

import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto;
