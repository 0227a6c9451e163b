package exchange

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/member"
)

// partOf names what an envelope of a kind takes part in, and is empty for what flows to and from every member. A kind that is not named here needs what
// cases need, which only countries and organisations have.
func partOf(t envelope.Traits) access.Action {
	if t.Flows {
		return ""
	}
	switch t.Kind {
	case envelope.Publication, envelope.Checkpoint, envelope.Cosignature, envelope.Consistency, envelope.Region:
		return access.HearPartner
	case envelope.Message:
		return access.WritePartner
	case envelope.Cooperation, envelope.Docket:
		return access.CooperatePartner
	case envelope.Lookup, envelope.Question, envelope.Count:
		return access.MatchPartner
	}
	return access.ReferPartner
}

// parties reports whether both members may take part in what an envelope of that kind is about.
func parties(t envelope.Traits, a, b member.Member) bool {
	part := partOf(t)
	return part == "" || a.May(part) && b.May(part)
}
