package lookup

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/veil"
)

// activeOf returns the active members that share the secret, the countries, in their order.
func activeOf(r member.Roster) []id.Member {
	return r.Taking(access.MatchPartner)
}

// active returns as many of them as there are places.
func active(r member.Roster) []id.Member {
	all := activeOf(r)
	return all[:min(len(all), veil.MostHolders)]
}

// gone reports whether somebody who has a share is an active member no longer. Then there has to be another secret: what she keeps must be worth nothing.
func gone(members []id.Member, r member.Roster) bool {
	all := activeOf(r)
	return slices.ContainsFunc(members, func(m id.Member) bool { return !slices.Contains(all, m) })
}

// old reports whether this member has to call for a run: the shares are old or a holder is gone, and it called for them last, or whoever did does not.
func (s *Service) old(ctx context.Context, tx Tx) (bool, error) {
	secret, p, err := load[Secret](ctx, tx, pieceSecret)
	if err != nil || p.Version == 0 {
		return false, err
	}
	held, err := member.InForce(ctx, tx)
	if err != nil {
		return false, err
	}
	all := active(held.Signed.Roster)
	left := gone(secret.Members, held.Signed.Roster)
	if len(all) < veil.FewestHolders || !left && s.now() <= secret.At.Add(RefreshAfter) {
		return false, nil
	}
	if secret.Caller == s.Member {
		return true, nil
	}
	stays := slices.Contains(all, secret.Caller)
	first := slices.IndexFunc(secret.Members, func(m id.Member) bool { return slices.Contains(all, m) && (m != secret.Caller || !stays) })
	return first >= 0 && secret.Members[first] == s.Member && (!stays || s.now() > secret.At.Add(RefreshAfter+RunTime)), nil
}
