package member

import (
	"crypto/ed25519"
	"slices"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// KeyIDs returns the identifiers of the keys that a roster lists for a node, those for TLS apart.
func (k Keys) KeyIDs() []id.Key {
	var out []id.Key
	for _, list := range [][]seal.SignPublic{k.Envelope, k.Checkpoint, k.Cosign} {
		for _, p := range list {
			out = append(out, p.ID())
		}
	}
	for _, p := range k.Control {
		out = append(out, p.ID())
	}
	return out
}

// LogKeys returns the keys by which the logs of the members are verified: those of every roster given, newest
// first, because what was signed with a key of the past is still to be verified.
func LogKeys(rosters ...Roster) audit.Roster {
	out := audit.Roster{}
	for _, r := range rosters {
		for _, m := range r.Members {
			k := out[m.ID]
			k.Log = withKeys(k.Log, m.Keys.Checkpoint)
			k.Witness = withKeys(k.Witness, m.Keys.Cosign)
			out[m.ID] = k
		}
	}
	return out
}

func withKeys(have []ed25519.PublicKey, add []seal.SignPublic) []ed25519.PublicKey {
	for _, p := range add {
		raw := ed25519.PublicKey(p.Bytes())
		if !slices.ContainsFunc(have, func(k ed25519.PublicKey) bool { return k.Equal(raw) }) {
			have = append(have, raw)
		}
	}
	return have
}
