package directory

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
)

// Ending is what has ended, and why.
type Ending struct {
	Part   Part   `json:"part" enum:"organisation,service,place,confidential"`
	ID     string `json:"id,omitempty" maxLength:"64" doc:"Of the service or place; of the confidential places, left out: all, which needs no key"`
	Reason string `json:"reason" maxLength:"60" doc:"Code of directory.end."`
	On     string `json:"on" maxLength:"10" doc:"yyyy-mm-dd since when"`
	Note   string `json:"note,omitempty" maxLength:"4000" doc:"Everybody who signs in reads it: no address"`
}

// End writes down that an organisation, or a service or place of it, is there no more. It stays readable, and nobody can write it into a
// plan. A confidential place, and all of them with their organisation, is destroyed with its key. Every desk that has written what ended
// into a plan is told.
//
// It fails with [fault.Denied]; [fault.Invalid] naming the field; [fault.NotFound] "directory.none", "directory.service.none" or
// "directory.place.none"; [fault.Conflict] "directory.over" if it has ended, and "directory.moving" while another desk is asked to keep the
// record; [fault.Stale]; and, for one confidential place among several, as [Service.Add].
func (s *Service) End(ctx context.Context, by keyring.Bearer, o id.Organisation, version int64, in Ending) (int64, error) {
	if err := access.Check(by.Actor, access.EndDirectory, of(by.Desk, o)); err != nil {
		return 0, err
	}
	if err := s.ending(in); err != nil {
		return 0, err
	}
	err := s.Write(ctx, audit.Did(by.Actor, access.EndDirectory, string(o)).For(string(in.Part)+"."+in.Reason), func(tx Tx) error {
		r, err := mine(ctx, tx, by.Actor, access.EndDirectory, o, version)
		if err != nil {
			return err
		}
		return s.endIn(ctx, tx, by, r, in)
	})
	return version + 1, err
}

func (s *Service) ending(in Ending) error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	tomorrow := s.Now().UTC().Add(24 * time.Hour).Format(time.DateOnly) // it is tomorrow already, east of here
	switch {
	case !slices.Contains([]Part{Whole, OneService, PublicPlace, HiddenPlace}, in.Part):
		return wrong("part")
	case in.Part == Whole && in.ID != "" || (in.Part == OneService || in.Part == PublicPlace) && in.ID == "":
		return wrong("id")
	case !slices.Contains(d.Ends, in.Reason):
		return wrong("reason")
	case !person.Day(in.On) || in.On > tomorrow:
		return wrong("on")
	case !text(in.Note, longText, false):
		return wrong("note")
	}
	return nil
}

func (s *Service) endIn(ctx context.Context, tx Tx, by keyring.Bearer, r Row, in Ending) error {
	st, b, err := insideOf(r)
	if err != nil {
		return err
	}
	switch {
	case end(st.Ends, in.Part, in.ID) != nil && in.Part != HiddenPlace, end(st.Ends, Whole, "") != nil:
		return fault.New(fault.Conflict, "directory.over")
	case st.Moving != nil:
		return fault.New(fault.Conflict, "directory.moving")
	}
	switch in.Part {
	case OneService:
		if !slices.ContainsFunc(b.Services, func(x Offer) bool { return string(x.ID) == in.ID }) {
			return fault.New(fault.NotFound, "directory.service.none")
		}
	case PublicPlace:
		if !slices.ContainsFunc(b.Places, func(x Place) bool { return x.ID == in.ID }) {
			return fault.New(fault.NotFound, "directory.place.none")
		}
	case HiddenPlace:
		if r, err = s.endHidden(ctx, tx, by, r, &st, in.ID); err != nil {
			return err
		}
	case Whole:
		if r, err = s.destroy(ctx, tx, r); err != nil {
			return err
		}
	}
	st.Ends = append(st.Ends, End{Part: in.Part, ID: in.ID, Reason: in.Reason, On: in.On, Note: in.Note, At: s.now(), By: by.User})
	if r.State, err = st.bytes(); err != nil {
		return err
	}
	if err := tx.SetOrganisation(ctx, r); err != nil {
		return err
	}
	if in.Part == Whole || in.Part == OneService {
		return s.warn(ctx, tx, r.ID, id.Service(in.ID))
	}
	return nil
}

// endHidden destroys one confidential place, or all of them if which is empty.
func (s *Service) endHidden(ctx context.Context, tx Tx, by keyring.Bearer, r Row, st *state, which string) (Row, error) {
	none := fault.New(fault.NotFound, "directory.place.none")
	if len(r.Sealed) == 0 {
		return Row{}, none
	}
	if which == "" {
		return s.destroy(ctx, tx, r)
	}
	r, all, err := s.open(ctx, tx, by, r)
	if err != nil {
		return Row{}, err
	}
	i := slices.IndexFunc(all, func(k kept) bool { return k.ID == which })
	if i < 0 {
		return Row{}, none
	}
	if all[i].Source != "" {
		st.Gone = append(st.Gone, mark(r.ID, all[i].Source))
	}
	if r, err = s.destroy(ctx, tx, r); err != nil {
		return Row{}, err
	}
	return s.shut(ctx, tx, by, r, slices.Delete(all, i, i+1))
}

// destroy takes the confidential places from a row. The key goes with them, here when the row is kept, and in a restored backup when the
// list of erasures is gone through.
func (s *Service) destroy(ctx context.Context, tx Tx, r Row) (Row, error) {
	if len(r.Sealed) == 0 {
		return r, nil
	}
	gone := string(r.ID) + "." + strconv.FormatInt(r.SealedVersion, 10)
	r.Sealed, r.Box = []byte{}, keyring.Box{}
	return r, tx.AddErasure(ctx, keyring.Erasure{ID: gone, What: ErasedPlaces, At: s.now()})
}

// warn tells every desk that has written a service into a plan that it has ended; an empty one: any of the organisation.
func (s *Service) warn(ctx context.Context, tx Tx, o id.Organisation, service id.Service) error {
	if s.Tell == nil {
		return nil
	}
	all, err := tx.ServicesNamed(ctx, o)
	if err != nil {
		return err
	}
	told := map[id.Desk]bool{}
	for _, n := range all {
		if told[n.Desk] || service != "" && n.Service != service {
			continue
		}
		told[n.Desk] = true
		if err := s.Tell(ctx, tx, TaskEnded, o, n.Desk); err != nil {
			return err
		}
	}
	return nil
}

// PlacesAgainIn destroys in a restored node the confidential places that were destroyed after its backup. What was sealed later stays.
//
// It fails with [fault.Invalid] for an object that is none.
func (s *Service) PlacesAgainIn(ctx context.Context, tx Tx, object string) error {
	o, n, ok := strings.Cut(object, ".")
	version, err := strconv.ParseInt(n, 10, 64)
	if !ok || err != nil || o == "" {
		return wrong("erasure")
	}
	r, err := tx.Organisation(ctx, id.Organisation(o))
	if fault.Is(err, fault.NotFound) || err == nil && (r.SealedVersion > version || len(r.Sealed) == 0) {
		return nil
	}
	if err != nil {
		return err
	}
	if r, err = s.destroy(ctx, tx, r); err != nil {
		return err
	}
	return tx.SetOrganisation(ctx, r)
}

// insideOf reads what a row holds in the open.
func insideOf(r Row) (state, Body, error) {
	st, err := stateOf(r)
	if err != nil {
		return state{}, Body{}, err
	}
	var b Body
	if err := parse(r.Body, &b); err != nil {
		return state{}, Body{}, fault.Wrap(fault.Internal, "directory.row", err)
	}
	return st, b, nil
}
