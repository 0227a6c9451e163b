package demo

import (
	"context"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
)

const month = 30 * 24 * time.Hour

// The legal bases between the invented members, of the fictitious profile: a protocol between two countries
// outside the Union, national law into it.
const (
	protocol    referral.Code = "protocol"
	nationalLaw referral.Code = "national-law"
)

// teller tells the story of one person: the desk where she was found, and the one that takes her.
type teller struct {
	w        *Network
	t        *trace
	from, to *Country
	basis    referral.Code
	file     casefile.Case
	consent  consent.Consent
	at       referral.At
}

// failed is a stage that did not do what it must.
func failed(what string) error { return fault.New(fault.Conflict, "demo.failed").With("what", what) }

// story hands a person over from Moldova to North Macedonia and back to the end of the loop; then another goes to
// Romania and changes her mind.
func story(ctx context.Context, w *Network, t *trace) error {
	s := &teller{w: w, t: t, from: w.Countries["MD"], to: w.Countries["MK"], basis: protocol}
	for _, stage := range []func(context.Context) error{s.found, s.request, s.accept, s.arrive, s.care, s.talk} {
		if err := stage(ctx); err != nil {
			return err
		}
	}
	second := &teller{w: w, t: t, from: w.Countries["MD"], to: w.Countries["RO"], basis: nationalLaw}
	return second.withdraw(ctx)
}

// as signs the shelter of a country in.
func (s *teller) as(ctx context.Context, c *Country) (keyring.Bearer, error) {
	return c.As(ctx, "shelter")
}

// moves lets a desk take a transition and carries it to the other side.
func (s *teller) moves(ctx context.Context, key string, c *Country, want referral.Status, do func(*referral.Service, keyring.Bearer) error) error {
	return s.t.step(ctx, key, func() error {
		by, err := s.as(ctx, c)
		if err != nil {
			return err
		}
		if err := do(c.Node.Referrals, by); err != nil {
			return err
		}
		if err := s.w.Settle(ctx); err != nil {
			return err
		}
		return s.agree(ctx, want)
	}, "member", s.t.say.CountryName(string(c.Member)))
}

// agree holds both sides to the same state, folded from the same signed events.
func (s *teller) agree(ctx context.Context, want referral.Status) error {
	for _, c := range []*Country{s.from, s.to} {
		by, err := s.as(ctx, c)
		if err != nil {
			return err
		}
		_, st, _, err := c.Node.Referrals.Show(ctx, by.Actor, s.at)
		if err != nil {
			return err
		}
		if st.Status != want {
			return failed(string(c.Member) + "-" + string(st.Status))
		}
	}
	return nil
}

// found opens her case in Moldova: who she is, how safe she is, and what she agrees to.
func (s *teller) found(ctx context.Context) error {
	err := s.t.step(ctx, "demo.case", func() error {
		by, err := s.as(ctx, s.from)
		if err != nil {
			return err
		}
		n, who := s.from.Node, Invented()
		if s.file, err = n.Cases.Open(ctx, by, casefile.Opening{AgeClass: person.Adult, Person: &who}); err != nil {
			return err
		}
		_, err = n.Cases.Assess(ctx, by, s.file.ID, risk(frame.At(n.Config.Now())))
		return err
	}, "member", s.t.say.CountryName(string(s.from.Member)))
	if err != nil {
		return err
	}
	s.t.line("demo.reference", "reference", string(s.file.Reference))
	return s.t.step(ctx, "demo.consent", func() error {
		by, err := s.as(ctx, s.from)
		if err != nil {
			return err
		}
		s.consent, err = s.from.Node.Consents.Give(ctx, by, consent.Giving{
			Case: s.file.ID, Record: agreement(id.Address{Member: s.to.Member, Desk: "shelter"}),
		})
		return err
	}, "member", s.t.say.CountryName(string(s.to.Member)))
}

// request drafts, checks and sends: the other desk learns what is needed, and not who she is.
func (s *teller) request(ctx context.Context) error {
	err := s.t.step(ctx, "demo.check", func() error {
		by, err := s.as(ctx, s.from)
		if err != nil {
			return err
		}
		n := s.from.Node
		r, err := n.Referrals.Draft(ctx, by, s.file.ID, referral.At{}, referral.Drafting{
			To: id.Address{Member: s.to.Member, Desk: "shelter"}, Kind: "specialised-service", Basis: s.basis, Consent: s.consent.ID,
			Categories: shared(), Expires: frame.At(n.Config.Now()).Add(month),
			Request: referral.Request{
				Needs: []referral.Code{"accommodation", "psychological"}, Sex: "female", AgeClass: person.Adult,
				Languages: []string{"ro"}, Urgency: referral.Normal, Risk: "high", Capacity: "one-place",
			},
			Facts: consent.Facts{Needs: []consent.Need{{Code: "accommodation", Urgency: "now"}}},
		})
		if err != nil {
			return err
		}
		s.at = referral.At{Referral: r.ID}
		_, err = n.Referrals.Check(ctx, by, s.at)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.moves(ctx, "demo.send", s.from, referral.Delivered, func(r *referral.Service, by keyring.Bearer) error {
		_, err := r.Send(ctx, by, s.at, false)
		return err
	}); err != nil {
		return err
	}
	return s.t.step(ctx, "demo.open-request", func() error {
		by, err := s.as(ctx, s.to)
		if err != nil {
			return err
		}
		open, err := s.to.Node.Referrals.Open(ctx, by, s.at)
		if err != nil {
			return err
		}
		if len(open.Request.Needs) != 2 || open.Case != "" {
			return failed("request")
		}
		return nil
	}, "member", s.t.say.CountryName(string(s.to.Member)))
}

// accept answers. In Moldova nobody is signed in: the node releases the sealed bundle by itself.
func (s *teller) accept(ctx context.Context) error {
	if err := s.moves(ctx, "demo.acknowledge", s.to, referral.Acknowledged, func(r *referral.Service, by keyring.Bearer) error {
		_, err := r.Acknowledge(ctx, by, s.at)
		return err
	}); err != nil {
		return err
	}
	if err := s.moves(ctx, "demo.ask", s.to, referral.InformationRequested, func(r *referral.Service, by keyring.Bearer) error {
		_, err := r.Ask(ctx, by, s.at, "travel", "Demo: can she travel by day?")
		return err
	}); err != nil {
		return err
	}
	if err := s.moves(ctx, "demo.supply", s.from, referral.InformationSupplied, func(r *referral.Service, by keyring.Bearer) error {
		_, err := r.Supply(ctx, by, s.at, "Demo: yes, with company.")
		return err
	}); err != nil {
		return err
	}
	if err := s.t.step(ctx, "demo.signed-out", func() error { return s.from.signOut(ctx) }, "member", s.t.say.CountryName(string(s.from.Member))); err != nil {
		return err
	}
	if err := s.moves(ctx, "demo.accept", s.to, referral.Accepted, func(r *referral.Service, by keyring.Bearer) error {
		_, err := r.Accept(ctx, by, s.at)
		return err
	}); err != nil {
		return err
	}
	return s.t.step(ctx, "demo.bundle", func() error { return s.bundle(ctx) }, "member", s.t.say.CountryName(string(s.to.Member)))
}

// bundle opens what arrived and holds it against what she agreed to: her name is there, her telephone is not.
func (s *teller) bundle(ctx context.Context) error {
	by, err := s.as(ctx, s.to)
	if err != nil {
		return err
	}
	open, err := s.to.Node.Referrals.Open(ctx, by, s.at)
	if err != nil {
		return err
	}
	switch {
	case open.Case == "":
		return failed("bundle")
	case len(open.Bundle.Content.Names) != 2:
		return failed("names")
	case len(open.Bundle.Content.Contacts) != 0:
		return failed("contacts")
	case !slices.Equal(open.Bundle.Extract.Categories, shared()):
		return failed("categories")
	}
	return nil
}

// arrive plans the handover and confirms the arrival.
func (s *teller) arrive(ctx context.Context) error {
	if err := s.moves(ctx, "demo.plan", s.from, referral.HandoverPlanned, func(r *referral.Service, by keyring.Bearer) error {
		at := frame.At(s.from.Node.Config.Now()).Add(24 * time.Hour)
		_, err := r.Plan(ctx, by, s.at, referral.Planned{At: at, Meeting: "station"}, "")
		return err
	}); err != nil {
		return err
	}
	s.w.Plan.Clock.Skip(24 * time.Hour)
	return s.moves(ctx, "demo.confirm", s.to, referral.HandedOver, func(r *referral.Service, by keyring.Bearer) error {
		_, err := r.Confirm(ctx, by, s.at, frame.At(s.to.Node.Config.Now()))
		return err
	})
}

// care begins, tells after a month how she is, and closes the loop.
func (s *teller) care(ctx context.Context) error {
	if err := s.moves(ctx, "demo.in-care", s.to, referral.InCare, func(r *referral.Service, by keyring.Bearer) error {
		_, err := r.InCare(ctx, by, s.at, frame.At(s.to.Node.Config.Now()))
		return err
	}); err != nil {
		return err
	}
	s.w.Plan.Clock.Skip(month)
	if err := s.moves(ctx, "demo.feedback", s.to, referral.Feedback, func(r *referral.Service, by keyring.Bearer) error {
		_, err := r.Feedback(ctx, by, s.at, 30, "stable", "")
		return err
	}); err != nil {
		return err
	}
	if err := s.moves(ctx, "demo.complete", s.to, referral.Completed, func(r *referral.Service, by keyring.Bearer) error {
		_, err := r.Complete(ctx, by, s.at, "needs-met", "")
		return err
	}); err != nil {
		return err
	}
	return s.moves(ctx, "demo.close", s.from, referral.Closed, func(r *referral.Service, by keyring.Bearer) error {
		_, err := r.Close(ctx, by, s.at)
		return err
	})
}

// talk lets the two focal points write to each other.
func (s *teller) talk(ctx context.Context) error {
	return s.t.step(ctx, "demo.message", func() error {
		var thread id.Thread
		for i, c := range []*Country{s.from, s.to} {
			by, err := c.As(ctx, "focal")
			if err != nil {
				return err
			}
			in := message.Draft{Thread: thread, Language: "en", Text: "Demo: thank you.", Basis: string(s.basis)}
			if i == 0 {
				in.To = id.Address{Member: s.to.Member, Desk: "focal-point"}
			}
			m, err := c.Node.Messages.Compose(ctx, by, in)
			if err != nil {
				return err
			}
			thread = m.Thread
			if err := s.w.Settle(ctx); err != nil {
				return err
			}
			other := []*Country{s.to, s.from}[i]
			reader, err := other.As(ctx, "focal")
			if err != nil {
				return err
			}
			letter, err := other.Node.Messages.Open(ctx, reader, m.ID)
			if err != nil {
				return err
			}
			if letter.Text != in.Text {
				return failed("message")
			}
		}
		return nil
	})
}

// withdraw hands somebody over to a second country, where her bundle is opened; then she takes her consent back.
func (s *teller) withdraw(ctx context.Context) error {
	for _, stage := range []func(context.Context) error{s.found, s.request} {
		if err := stage(ctx); err != nil {
			return err
		}
	}
	if err := s.moves(ctx, "demo.acknowledge", s.to, referral.Acknowledged, func(r *referral.Service, by keyring.Bearer) error {
		_, err := r.Acknowledge(ctx, by, s.at)
		return err
	}); err != nil {
		return err
	}
	if err := s.moves(ctx, "demo.accept", s.to, referral.Accepted, func(r *referral.Service, by keyring.Bearer) error {
		_, err := r.Accept(ctx, by, s.at)
		return err
	}); err != nil {
		return err
	}
	if err := s.t.step(ctx, "demo.bundle", func() error { return s.bundle(ctx) }, "member", s.t.say.CountryName(string(s.to.Member))); err != nil {
		return err
	}
	if err := s.moves(ctx, "demo.withdraw", s.from, referral.WithdrawnByPerson, func(r *referral.Service, by keyring.Bearer) error {
		_, err := r.Withdraw(ctx, by.Actor, s.at)
		return err
	}); err != nil {
		return err
	}
	if err := s.t.step(ctx, "demo.frozen", func() error { return s.frozen(ctx) }, "member", s.t.say.CountryName(string(s.to.Member))); err != nil {
		return err
	}
	return s.t.step(ctx, "demo.erased", func() error { return s.erased(ctx) }, "member", s.t.say.CountryName(string(s.to.Member)))
}

// frozen holds the other country to the withdrawal: what it had received opens no more.
func (s *teller) frozen(ctx context.Context) error {
	by, err := s.as(ctx, s.to)
	if err != nil {
		return err
	}
	open, err := s.to.Node.Referrals.Open(ctx, by, s.at)
	if err != nil {
		return err
	}
	if len(open.Bundle.Content.Names) != 0 {
		return failed("frozen")
	}
	return nil
}

// erased lets the other country answer that it has destroyed what it held, and the answer reach Moldova.
func (s *teller) erased(ctx context.Context) error {
	by, err := s.as(ctx, s.to)
	if err != nil {
		return err
	}
	c, err := s.to.Node.Consents.Reply(ctx, by, s.consent.ID, nil)
	if err != nil {
		return err
	}
	if c.Reply != consent.Erased {
		return failed("erased")
	}
	if err := s.w.Settle(ctx); err != nil {
		return err
	}
	return s.from.heard(ctx, s.consent.ID)
}
