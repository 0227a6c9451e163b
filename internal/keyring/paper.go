package keyring

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Paper is an officer's share as she writes it down. It is the way back when the whole machine is lost: what she holds
// in the database opens with a passphrase and the pepper, and the pepper goes with node.secret.
type Paper struct {
	Member     id.Member `json:"member"`
	Generation int64     `json:"generation"` // of the recovery key
	Recovery   id.Key    `json:"recovery"`   // identifier of the recovery key, also in the head of each archive
	Index      int       `json:"index"`      // the officer's number
	Lines      []string  `json:"lines"`
}

// PaperTaken says that an officer has written down her share of a recovery key. What is on it is kept nowhere.
type PaperTaken struct {
	User     id.User
	Recovery id.Key
	At       frame.Time
}

// TakePaper shows the bearer her own share, once, to be written down or printed and kept in a sealed envelope away
// from the machine. A paper that is lost or was seen is made worthless by new officers' shares: [Service.Enrol].
//
// It fails with [fault.Denied] if she is no officer, [fault.Conflict] "keyring.paper.taken" if it was shown before,
// and [fault.Locked] if her keys are closed or are newer than her share.
func (s *Service) TakePaper(ctx context.Context, by Bearer) (Paper, error) {
	var out Paper
	err := s.Write(ctx, audit.Did(by.Actor, access.RecoverKey, string(by.User)).For("paper"), func(tx Tx) error {
		if err := s.mayRecover(ctx, tx, by, access.RecoverKey); err != nil {
			return err
		}
		r, err := tx.Recovery(ctx)
		if err != nil {
			return err
		}
		public, err := seal.ParseKEMPublic(r.Public)
		if err != nil {
			return err
		}
		taken, err := tx.Papers(ctx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(taken, func(p PaperTaken) bool { return p.User == by.User }) {
			return fault.New(fault.Conflict, "keyring.paper.taken")
		}
		mine, err := s.share(ctx, tx, by)
		if err != nil {
			return fault.Wrap(fault.Locked, "keyring.recovery.share", err)
		}
		defer clear(mine)
		share, err := seal.ParseShare(mine)
		if err != nil {
			return err
		}
		lines, err := seal.Paper(mine)
		if err != nil {
			return err
		}
		out = Paper{Member: s.Node, Generation: r.Generation, Recovery: public.ID(), Index: share.Index, Lines: lines}
		return tx.AddPaper(ctx, PaperTaken{User: by.User, Recovery: public.ID(), At: s.now()})
	})
	if err != nil {
		return Paper{}, err
	}
	return out, nil
}

// Quorum puts the recovery key together from shares that were read from papers, and says whose they were.
//
// It fails as [seal.Combine] does.
func Quorum(shares [][]byte) (seal.KEMPrivate, []int, error) {
	secret, err := seal.Combine(shares)
	if err != nil {
		return seal.KEMPrivate{}, nil, err
	}
	defer clear(secret)
	private, err := seal.ParseKEMPrivate(secret)
	if err != nil {
		return seal.KEMPrivate{}, nil, err
	}
	var whose []int
	for _, b := range shares {
		s, err := seal.ParseShare(b)
		if err != nil {
			return seal.KEMPrivate{}, nil, err
		}
		whose = append(whose, s.Index)
	}
	return private, whose, nil
}

// Used writes down that papers have put the recovery key together outside the node, whose they were by the officers'
// numbers, and tells every officer. From then on the state of recovery asks for new shares.
func (s *Service) Used(ctx context.Context, who access.Actor, whose []int) error {
	for i, index := range whose {
		var user id.User
		if err := s.Read(ctx, func(tx Tx) error {
			officers, err := tx.Officers(ctx)
			for _, o := range officers {
				if o.Index == index {
					user = o.User
				}
			}
			return err
		}); err != nil {
			return err
		}
		if user == "" { // enrolled since the papers were written: the archives say so too, and are refused before
			return fault.New(fault.Denied, "keyring.recovery.not-officer")
		}
		err := s.Write(ctx, audit.Did(who, access.RecoverKey, string(user)).For("papers"), func(tx Tx) error {
			if i > 0 {
				return nil
			}
			e, err := tx.Escrow(ctx)
			if err != nil {
				return err
			}
			e.Used = s.now()
			if err := tx.SetEscrow(ctx, e); err != nil {
				return err
			}
			return s.tellOfficers(ctx, tx)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// tellOfficers tells every officer that the recovery key was used.
func (s *Service) tellOfficers(ctx context.Context, tx Tx) error {
	if s.Tell == nil {
		return nil
	}
	officers, err := tx.Officers(ctx)
	if err != nil {
		return err
	}
	for _, o := range officers {
		if err := s.Tell(ctx, tx, o.User); err != nil {
			return err
		}
	}
	return nil
}
