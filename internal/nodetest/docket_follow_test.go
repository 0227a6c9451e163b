package nodetest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
)

// followed reads the proof of a board with nothing of this program: it works out the digest of each entry from its bytes, finds that each names entries that stand
// before it, and returns the latest.
func followed(raw []byte) ([]string, error) {
	var proof struct {
		Heads   []string          `json:"heads"`
		Entries []json.RawMessage `json:"entries"`
	}
	if err := json.Unmarshal(raw, &proof); err != nil {
		return nil, err
	}
	last := map[string]bool{}
	seen := map[string]bool{}
	for _, e := range proof.Entries {
		var links struct {
			After []string `json:"after"`
		}
		if err := json.Unmarshal(e, &links); err != nil {
			return nil, err
		}
		sum := sha256.Sum256(e) // the proof is canonical, and so is every part of it
		name := hex.EncodeToString(sum[:])
		for _, before := range links.After {
			if !seen[before] {
				return nil, errors.New("names an entry that does not stand before it")
			}
			delete(last, before)
		}
		seen[name], last[name] = true, true
	}
	var heads []string
	for d := range last {
		heads = append(heads, d)
	}
	slices.Sort(heads)
	return heads, nil
}
