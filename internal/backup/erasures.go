package backup

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

const maxList = 64 << 20

// erased is one line of a list.
type erased struct {
	ID   string     `json:"id"`
	What string     `json:"what"`
	At   frame.Time `json:"at"`
}

// list is what a node has erased: opaque identifiers, signed, so that nobody else's list erases anything.
type list struct {
	Format int        `json:"v"` // 1
	Member id.Member  `json:"member"`
	Made   frame.Time `json:"made"`
	Erased []erased   `json:"erased"`
}

type signedList struct {
	List      list           `json:"list"`
	Signature seal.Signature `json:"signature"`
}

// WriteErasures writes the signed list of everything that this node has erased. It is small, names nobody,
// and is worth copying away after each erasure: a restore repeats what is on it, however old the archives.
//
// It fails with [fault.Denied] if who may not make backups, and as the storage and w fail.
func (s *Service) WriteErasures(ctx context.Context, who access.Actor, w io.Writer) error {
	if err := access.Check(who, access.MakeBackup, office()); err != nil {
		return err
	}
	key := s.Exchange.Keys().Envelope
	if key.IsZero() {
		return fault.New(fault.Locked, "backup.locked")
	}
	l := list{Format: 1, Member: s.Member, Made: s.now(), Erased: []erased{}}
	err := s.Write(ctx, audit.Did(who, access.MakeBackup, "erasures"), func(tx Tx) error {
		all, err := tx.Erasures(ctx)
		l.Erased = make([]erased, len(all))
		for i, e := range all {
			l.Erased[i] = erased{e.ID, e.What, e.At}
		}
		return err
	})
	if err != nil {
		return err
	}
	msg, err := frame.Encode(l)
	if err != nil {
		return err
	}
	b, err := frame.Encode(signedList{l, key.Sign(seal.DomainErasure, msg)})
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

const letters = "abcdefghijklmnopqrstuvwxyz0123456789-./" // of identifiers

// parseErasures reads a list. The signature is not judged.
func parseErasures(b []byte) (signedList, error) {
	var l signedList
	if err := frame.Decode(b, maxList, &l); err != nil {
		return l, err
	}
	_, err := id.ParseMember(string(l.List.Member))
	if err != nil || l.List.Format != 1 || l.List.Made <= 0 || l.List.Erased == nil || l.Signature.IsZero() {
		return l, fault.New(fault.Invalid, "backup.list")
	}
	for _, e := range l.List.Erased {
		// A kind that nobody here knows is read: it stops the restore when it would have to be repeated.
		if _, err := id.ParseDesk(e.What); err != nil || e.ID == "" || len(e.ID) > 80 || strings.Trim(e.ID, letters) != "" || e.At <= 0 {
			return l, fault.New(fault.Invalid, "backup.list")
		}
	}
	return l, nil
}

// readErasures reads a list that one of the keys has signed.
func readErasures(b []byte, self id.Member, keys []seal.SignPublic) ([]keyring.Erasure, error) {
	l, err := parseErasures(b)
	if err != nil {
		return nil, err
	}
	if l.List.Member != self {
		return nil, fault.New(fault.Invalid, "backup.list")
	}
	msg, err := frame.Encode(l.List)
	if err != nil {
		return nil, err
	}
	good := slices.ContainsFunc(keys, func(k seal.SignPublic) bool { return k.Verify(seal.DomainErasure, msg, l.Signature) == nil })
	if !good {
		return nil, fault.New(fault.Denied, "backup.list.signature")
	}
	out := make([]keyring.Erasure, len(l.List.Erased))
	for i, e := range l.List.Erased {
		out[i] = keyring.Erasure{ID: e.ID, What: e.What, At: e.At}
	}
	return out, nil
}

// repeat repeats erasures, each in a transaction of its own that names its case.
func (s *Service) repeat(ctx context.Context, who access.Actor, all []keyring.Erasure) (int, error) {
	for _, e := range all {
		entry := audit.Did(who, access.RestoreBackup, e.ID).For("erasure.repeated")
		switch e.What {
		case "case":
			entry = entry.In(id.Case(e.ID))
		case "compartment":
			c, err := s.caseOf(ctx, id.Compartment(e.ID))
			if fault.Is(err, fault.NotFound) {
				continue // not in this backup
			}
			if err != nil {
				return 0, err
			}
			entry = entry.In(c)
		}
		err := s.Write(ctx, entry, func(tx Tx) error {
			also, other := s.Also[e.What]
			if !other || e.What == "case" {
				if _, err := s.Keys.ReplayIn(ctx, tx, []keyring.Erasure{e}); err != nil {
					return err
				}
			}
			if !other {
				return nil
			}
			if err := also(ctx, tx, e.ID); err != nil {
				return err
			}
			return tx.AddErasure(ctx, e)
		})
		if err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

func (s *Service) caseOf(ctx context.Context, c id.Compartment) (id.Case, error) {
	var of keyring.Compartment
	err := s.Read(ctx, func(tx Tx) (err error) {
		of, err = tx.Compartment(ctx, c)
		return err
	})
	return of.Case, err
}
