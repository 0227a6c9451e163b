package publication

import (
	"context"
	"encoding/json"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// Home is a record that this office has written and keeps to itself: it is not signed, has no place among the records of its member, and crosses no
// border. Whoever may publish here reads it, and may publish it later. Nothing in it may be about a person, as in what is published.
type Home struct {
	ID      id.Publication // by which it is published, if it is
	Kind    Kind
	Body    json.RawMessage // as it would be published
	By      id.User
	At      frame.Time
	Version int64
}

// MostHomes is how many records an office keeps to itself.
const MostHomes = 500

// HomeTx keeps what an office keeps to itself.
type HomeTx interface {
	// AddHome adds a record with version 1.
	AddHome(ctx context.Context, h Home) error
	// SetHome replaces the record whose stored version is h.Version and raises it by one; [fault.Stale] if it is another.
	SetHome(ctx context.Context, h Home) error
	// DropHome deletes a record of that version; [fault.Stale] if it is another.
	DropHome(ctx context.Context, p id.Publication, version int64) error
	// Home returns a record; [fault.NotFound] if there is none.
	Home(ctx context.Context, p id.Publication) (Home, error)
	// Homes returns records in the order of their last change, at most limit.
	Homes(ctx context.Context, limit int) ([]Home, error)
}

// Keep keeps a record in this office. Where the draft names one that is kept already, it takes its place.
//
// It fails with [fault.Denied] if the bearer may not publish, with [fault.Invalid] naming the field as [Service.Publish] does, with [fault.TooLarge]
// "publication.limit" beyond [MostHomes], and, of one that is kept already, with [fault.NotFound] and [fault.Stale].
func (s *Service) Keep(ctx context.Context, by keyring.Bearer, h Home) (Home, error) {
	if err := access.Check(by.Actor, access.WritePublication, office(s.Member)); err != nil {
		return Home{}, err
	}
	if err := CheckBody(h.Kind, h.Body); err != nil {
		return Home{}, err
	}
	fresh := h.ID == ""
	if fresh {
		h.ID = id.Random[id.Publication](s.IDs)
	}
	h.By, h.At = by.User, s.now()
	err := s.Write(ctx, audit.Did(by.Actor, access.WritePublication, string(h.ID)).For("home"), func(tx Tx) error {
		if err := s.tied(ctx, tx, Record{Kind: h.Kind, Body: h.Body}); err != nil {
			return err
		}
		if !fresh {
			old, err := tx.Home(ctx, h.ID)
			if err == nil && old.Kind != h.Kind {
				err = wrong("kind")
			}
			if err != nil {
				return err
			}
			return tx.SetHome(ctx, h)
		}
		all, err := tx.Homes(ctx, MostHomes)
		if err == nil && len(all) == MostHomes {
			err = fault.New(fault.TooLarge, "publication.limit")
		}
		if err != nil {
			return err
		}
		return tx.AddHome(ctx, h)
	})
	if h.Version++; fresh {
		h.Version = 1
	}
	return h, err
}

// AtHome returns what this office keeps to itself, in the order of its last change.
//
// It fails with [fault.Denied] if who may not publish.
func (s *Service) AtHome(ctx context.Context, who access.Actor) (all []Home, err error) {
	if err := access.Check(who, access.WritePublication, office(s.Member)); err != nil {
		return nil, err
	}
	err = s.Read(ctx, func(tx Tx) (err error) {
		all, err = tx.Homes(ctx, MostHomes)
		return err
	})
	return all, err
}

// Release publishes what was kept, and keeps it no longer.
//
// It fails as [Service.Publish] does, with [fault.NotFound] if nothing is kept by that name, and with [fault.Stale] "publication.stale" if it was changed
// since it was read.
func (s *Service) Release(ctx context.Context, by keyring.Bearer, p id.Publication, version int64) (Kept, error) {
	if err := access.Check(by.Actor, access.WritePublication, office(s.Member)); err != nil {
		return Kept{}, err
	}
	var k Kept
	err := s.Write(ctx, audit.Did(by.Actor, access.WritePublication, string(p)).For("release"), func(tx Tx) error {
		h, err := tx.Home(ctx, p)
		if err == nil && h.Version != version {
			err = fault.New(fault.Stale, "publication.stale")
		}
		if err != nil {
			return err
		}
		r := Record{Format: 1, ID: h.ID, Kind: h.Kind, Version: 1, Member: s.Member, Desk: seatOf(by), ValidFrom: s.now(), Body: h.Body}
		if err := s.tied(ctx, tx, r); err != nil {
			return err
		}
		if k, err = s.issue(ctx, tx, by, r, false); err != nil {
			return err
		}
		return tx.DropHome(ctx, p, version)
	})
	return k, err
}

// Discard deletes what was kept.
//
// It fails with [fault.Denied] if who may not publish, and with [fault.Stale] if it was changed or is not there.
func (s *Service) Discard(ctx context.Context, who access.Actor, p id.Publication, version int64) error {
	if err := access.Check(who, access.WritePublication, office(s.Member)); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.WritePublication, string(p)).For("discard"), func(tx Tx) error {
		return tx.DropHome(ctx, p, version)
	})
}
