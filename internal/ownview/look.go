package ownview

import (
	"context"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// ticketLasts is for how long what the browser holds opens the page.
const ticketLasts = 15 * time.Minute

// ticket is the code of a page that is looked at, sealed for a while.
type ticket struct {
	Code  string     `json:"code"`
	Until frame.Time `json:"until"`
}

func ticketAAD() []byte { return frame.JoinText("opentrm/own-view-ticket/1") }

// Looked is what she sees, and what she sends back to do something.
type Looked struct {
	Capsule Capsule
	Reach   Reach
	Ticket  string
}

// Look opens the page of a code as she typed it. Nothing is recorded, and nothing changes.
//
// It fails with [fault.Hidden] for a code that is wrong, mistyped or switched off, all alike and after the same work.
func (s *Service) Look(ctx context.Context, typed string) (Looked, error) {
	code, err := seal.ParseCode(typed)
	if err != nil {
		code = seal.NewCode(s.Cases.Keys.Rand) // the same work for a slip of the pen
	}
	v, c, err := s.open(ctx, code)
	if err != nil {
		return Looked{}, err
	}
	if err := s.may(v, access.ReadSelf); err != nil {
		return Looked{}, unknown()
	}
	t, err := s.ticket(code)
	if err != nil {
		return Looked{}, err
	}
	return s.looked(ctx, v, Looked{Capsule: c, Ticket: t})
}

// looked adds whom she can call.
func (s *Service) looked(ctx context.Context, v View, l Looked) (Looked, error) {
	err := s.Read(ctx, func(tx Tx) (err error) {
		l.Reach, err = s.reachIn(ctx, tx, v)
		return err
	})
	return l, err
}

// open returns the view and the capsule of a code. What opens nothing is worked through all the same.
func (s *Service) open(ctx context.Context, code seal.Code) (View, Capsule, error) {
	var v View
	var missing error
	lookup := code.Lookup()
	err := s.Read(ctx, func(tx Tx) error {
		v, missing = tx.OwnViewAt(ctx, lookup)
		if fault.Is(missing, fault.NotFound) {
			return nil
		}
		return missing
	})
	if err != nil {
		return View{}, Capsule{}, err
	}
	pair := code.KEM()
	defer pair.Wipe()
	sealed := v.Capsule
	if missing != nil {
		if sealed, err = pair.Public().Seal(info("", lookup), nil, seal.Pad(nil)); err != nil {
			return View{}, Capsule{}, err
		}
	}
	plain, err := pair.Open(info(s.Member, lookup), nil, sealed)
	if missing != nil || err != nil {
		return View{}, Capsule{}, unknown()
	}
	c, err := ParseCapsule(plain)
	if err != nil {
		return View{}, Capsule{}, fault.Wrap(fault.Internal, "ownview.capsule", err)
	}
	return v, c, nil
}

func (s *Service) ticket(code seal.Code) (string, error) {
	b, err := frame.Encode(ticket{Code: code.Text(), Until: s.now().Add(ticketLasts)})
	if err != nil {
		return "", err
	}
	defer clear(b)
	text, err := seal.Blob(s.Ticket.Seal(ticketAAD(), b)).MarshalText()
	return string(text), err
}

// again opens the page of a ticket.
//
// It fails with [fault.Hidden] for one that is over or wrong, or whose page is off.
func (s *Service) again(ctx context.Context, text string) (View, Capsule, error) {
	var sealed seal.Blob
	if len(text) > 1000 || sealed.UnmarshalText([]byte(strings.TrimSpace(text))) != nil {
		return View{}, Capsule{}, unknown()
	}
	b, err := s.Ticket.Open(ticketAAD(), sealed)
	if err != nil {
		return View{}, Capsule{}, unknown()
	}
	defer clear(b)
	var t ticket
	if err := frame.Decode(b, 1000, &t); err != nil || t.Until <= s.now() {
		return View{}, Capsule{}, unknown()
	}
	code, err := seal.ParseCode(t.Code)
	if err != nil {
		return View{}, Capsule{}, unknown()
	}
	return s.open(ctx, code)
}

// LookAgain opens the page of a ticket, which lasts no longer for it. Nothing is recorded, and nothing changes.
//
// It fails with [fault.Hidden] for a ticket that is over or wrong, or whose page is off.
func (s *Service) LookAgain(ctx context.Context, ticket string) (Looked, error) {
	v, c, err := s.again(ctx, ticket)
	if err != nil {
		return Looked{}, err
	}
	if err := s.may(v, access.ReadSelf); err != nil {
		return Looked{}, unknown()
	}
	return s.looked(ctx, v, Looked{Capsule: c, Ticket: ticket})
}

// SwitchOff ends the page, because she wants so. A desk can give her another code.
//
// It fails with [fault.Hidden] for a ticket that is over.
func (s *Service) SwitchOff(ctx context.Context, ticket string) error {
	v, _, err := s.again(ctx, ticket)
	if err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(s.unnamed(), access.WithdrawSelf, string(v.ID)).In(v.Case).For("off"), func(tx Tx) error {
		if err := s.onIn(ctx, tx, &v); err != nil {
			return err
		}
		return s.offIn(ctx, tx, v, Herself)
	})
}

// onIn reads a view anew, and asks whether it is still on.
func (s *Service) onIn(ctx context.Context, tx Tx, v *View) error {
	now, err := tx.OwnViewAt(ctx, v.Lookup)
	if fault.Is(err, fault.NotFound) {
		return unknown()
	}
	if err != nil {
		return err
	}
	*v = now
	return s.may(now, access.WithdrawSelf)
}

// Withdraw takes a consent back. What lies under it is frozen at once, and every recipient is told in the same transaction; what waits to be
// sent is not sent. Nothing is erased before somebody has asked her ([Service.Confirm]).
//
// It fails with [fault.Hidden] for a ticket that is over and for a consent that is not hers or was not taken here, and [fault.Conflict] if
// she has taken it back before.
func (s *Service) Withdraw(ctx context.Context, ticket string, c id.Consent) error {
	v, _, err := s.again(ctx, ticket)
	if err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(s.unnamed(), access.WithdrawConsent, string(c)).In(v.Case).For("own-view"), func(tx Tx) error {
		if err := s.onIn(ctx, tx, &v); err != nil {
			return err
		}
		row, err := tx.Consent(ctx, c)
		if fault.Is(err, fault.NotFound) || err == nil && row.Origin != consent.TakenHere {
			return unknown()
		}
		if err != nil {
			return err
		}
		file, err := tx.Case(ctx, row.Case)
		if err != nil {
			return err
		}
		if file.ID != v.Case && file.Into != v.Case {
			return unknown()
		}
		w := Withdrawal{Consent: c, Case: file.ID, View: v.ID, At: s.now(), Version: 1}
		if err := tx.AddOwnWithdrawal(ctx, w); err != nil { // before: it is taken back on the page, and so answered after a word with her
			return err
		}
		if err := tx.AddErasure(ctx, keyring.Erasure{ID: string(v.ID) + "." + string(c), What: TakenBackKind, At: w.At}); err != nil {
			return err
		}
		if _, err := s.Consents.WithdrawIn(ctx, tx, c, "", ""); err != nil {
			return err
		}
		if err := s.Follow(ctx, tx, w, file); err != nil {
			return err
		}
		return s.freshIn(ctx, tx, v)
	})
}

// freshIn shows her what she has done, in the same transaction.
func (s *Service) freshIn(ctx context.Context, tx Tx, v View) error {
	v, err := tx.OwnViewAt(ctx, v.Lookup)
	if err != nil {
		return err
	}
	return s.refreshIn(ctx, tx, v)
}
