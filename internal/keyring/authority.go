package keyring

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

const infoAuthority = "opentrm/authority/1"

// AuthorityHolder is the member's authority key, which signs its desk sheet, sealed to one key officer.
// The node alone can never use it.
type AuthorityHolder struct {
	Key     id.Key
	Public  []byte
	User    id.User
	Sealed  []byte
	Created frame.Time
}

func (s *Service) authorityAAD(key id.Key, user id.User) []byte {
	return frame.JoinText(infoAuthority, string(s.Node), string(key), string(user))
}

// NewAuthority makes a new authority key and seals it to the named key officers. It signs desk sheets
// once a roster lists its public half; until then the one before goes on.
//
// It fails with [fault.Denied], and [fault.Invalid] for no officer, more than 16, or one named twice.
func (s *Service) NewAuthority(ctx context.Context, who access.Actor, officers []id.User) (seal.SignPublic, error) {
	if err := access.Check(who, access.RotateKey, access.Resource{Noun: "key", Realm: access.Office}); err != nil {
		return seal.SignPublic{}, err
	}
	seen := make(map[id.User]bool, len(officers))
	for _, u := range officers {
		seen[u] = true
	}
	if len(officers) == 0 || len(officers) > 16 || len(seen) != len(officers) {
		return seal.SignPublic{}, fault.New(fault.Invalid, "keyring.authority.officers")
	}
	private := seal.NewSign(s.Rand)
	defer private.Wipe()
	public := private.Public()
	err := s.Write(ctx, audit.Did(who, access.RotateKey, string(public.ID())).For("authority"), func(tx Tx) error {
		for _, u := range officers {
			raw, err := tx.UserKEM(ctx, u)
			if err != nil {
				return err
			}
			to, err := seal.ParseKEMPublic(raw)
			if err != nil {
				return err
			}
			secret := private.Bytes()
			h := AuthorityHolder{Key: public.ID(), Public: public.Bytes(), User: u, Created: s.now()}
			h.Sealed, err = to.Seal([]byte(infoAuthority), s.authorityAAD(h.Key, u), secret)
			clear(secret)
			if err != nil {
				return err
			}
			if err := tx.AddAuthorityHolder(ctx, h); err != nil {
				return err
			}
		}
		return nil
	})
	return public, err
}

// WithAuthority gives the authority key that the roster lists to use, for as long as use runs. The bearer
// must be one of its key officers.
//
// It fails with [fault.Denied] if she may not sign desk sheets or holds none of the listed keys, and
// [fault.Locked] if her keys are not open.
func (s *Service) WithAuthority(ctx context.Context, by Bearer, listed []id.Key, use func(seal.SignPrivate) error) error {
	if err := access.Check(by.Actor, access.SheetDesk, access.Resource{Noun: "desk", Realm: access.Office}); err != nil {
		return err
	}
	var held []AuthorityHolder
	if err := s.Read(ctx, func(tx Tx) (err error) {
		held, err = tx.AuthorityOf(ctx, by.User)
		return err
	}); err != nil {
		return err
	}
	for _, h := range held {
		for _, key := range listed {
			if h.Key != key {
				continue
			}
			raw, err := by.open([]byte(infoAuthority), s.authorityAAD(h.Key, by.User), h.Sealed)
			if err != nil {
				return err
			}
			private, err := seal.ParseSignPrivate(raw)
			clear(raw)
			if err != nil {
				return err
			}
			defer private.Wipe()
			return use(private)
		}
	}
	return fault.New(fault.Denied, "keyring.authority.none")
}
