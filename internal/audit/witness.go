package audit

import "github.com/opentrm/opentrm/internal/id"

// Fork is evidence against a member's log: two checkpoints, both signed by its node, that do not belong
// to one append-only log. Anybody who has the member's checkpoint keys can judge it with [Fork.Judge].
type Fork struct {
	Member id.Member `json:"member"`
	First  string    `json:"first"`           // signed note
	Second string    `json:"second"`          // signed note
	Proof  string    `json:"proof,omitempty"` // base64 hashes, a line each: shows that Second does not extend First
}
