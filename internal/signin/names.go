package signin

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Colleagues returns the names of those who belong to a desk or were proposed for it, so that a member knows whom she
// lets in. Only the people of the desk, whoever may list accounts, and whoever keeps its duty roster, learn them: the staff
// of a shelter are nobody else's to know.
//
// It fails with [fault.Denied] for everybody else.
func (s *Service) Colleagues(ctx context.Context, who access.Actor, at id.Desk) (map[id.User]string, error) {
	own := who.Desk != "" && who.Desk == at
	action, on := access.ReadDesk, access.Resource{Noun: "desk", ID: string(at), Realm: access.Office, Desk: at}
	roster := access.Check(who, access.DutyDesk, access.Resource{Noun: "desk", ID: string(at), Realm: who.Realm, Desk: at}) == nil
	if !own && !roster {
		action, on = access.ListUser, access.Resource{Noun: "user", Realm: access.Office}
	}
	if err := access.Check(who, action, on); err != nil {
		return nil, err
	}
	names := map[id.User]string{}
	err := s.Read(ctx, func(tx Tx) error {
		clear(names)
		members, err := tx.Members(ctx, at)
		if err != nil {
			return err
		}
		for _, m := range members {
			if m.State == desk.Left {
				continue
			}
			u, err := tx.User(ctx, m.User)
			if fault.Is(err, fault.NotFound) {
				continue
			}
			if err != nil {
				return err
			}
			names[m.User] = u.Name
		}
		return nil
	})
	return names, err
}
