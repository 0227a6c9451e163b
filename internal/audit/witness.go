package audit

import "github.com/opentrm/opentrm/internal/id"

// Fork is evidence against a member's log: two checkpoints, both signed by its node, that cannot
// belong to one append-only log. Anybody who has the member's checkpoint key can judge it.
type Fork struct {
	Member id.Member `json:"member"`
	First  string    `json:"first"`  // signed note
	Second string    `json:"second"` // signed note
}
