package casefile

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
)

// ReleaseState is how far a release has come.
type ReleaseState string

// The states of a release.
const (
	ReleaseProposed ReleaseState = "proposed" // by order, waiting for the second person
	ReleaseActive   ReleaseState = "active"
	ReleaseEnded    ReleaseState = "ended" // the copy is destroyed
)

// The bases of a release.
const (
	OnConsent = "consent"
	OnOrder   = "order"
)

// Release is the operational row of what passed the wall between assistance and prosecution.
type Release struct {
	ID          id.Record // random
	Case        id.Case
	To          id.Desk
	Basis       string     // OnConsent or OnOrder
	Consent     id.Consent // by consent: which
	Category    string     // of the person, code: suspect, convicted, victim, witness, other
	Handling    string     // code
	State       ReleaseState
	Record      id.Record      // the dossier
	Compartment id.Compartment // the copy; nothing else is granted
	Maker       id.User
	Approver    id.User // by order only
	Made        frame.Time
	Ended       frame.Time
	Until       frame.Time // 0: no end
	Version     int64
}

// Item is one statement of a dossier.
type Item struct {
	Kind string `json:"kind"` // fact or opinion
	From string `json:"from"` // whose statement, in words
	Text string `json:"text"`
}

// Dossier is what is released: a copy, in a compartment of its own.
type Dossier struct {
	Form     string          `json:"form"`
	Release  id.Record       `json:"release"`
	To       id.Desk         `json:"to"`
	Basis    string          `json:"basis"`
	Consent  id.Consent      `json:"consent"`
	Order    string          `json:"order"` // who ordered it, number, date, provision; by order only
	Category string          `json:"category"`
	Handling string          `json:"handling"`
	Items    []Item          `json:"items"`
	Content  consent.Content `json:"content"`
	By       id.User         `json:"by"`
	At       frame.Time      `json:"at"`
	Signer   seal.SignPublic `json:"signer"`
	// Signature of the maker over the dossier with an empty signature.
	Signature seal.Signature `json:"signature"`
}

// DossierForm names the form of a dossier.
const DossierForm = "opentrm/release/1"

// Check reports whether the dossier can be released: every item says whether it is a fact or an
// opinion, the person has a category, an order is cited, and the signature is the maker's.
//
// It fails with [fault.Invalid] and the field that is wrong.
func (x Dossier) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case x.Form != DossierForm || x.Release == "" || x.To == "" || x.By == "" || x.At <= 0:
		return bad("release")
	case x.Basis != OnConsent && x.Basis != OnOrder || (x.Basis == OnConsent) != (x.Consent != ""):
		return bad("basis")
	case (x.Basis == OnOrder) != (len(x.Order) >= 10) || !person.Text(x.Order, 1000):
		return bad("order")
	case !d.Has(ListCategory, x.Category):
		return bad("category")
	case !d.Has(ListHandling, x.Handling):
		return bad("handling")
	case x.Items == nil || len(x.Items) > 200:
		return bad("items")
	}
	for _, i := range x.Items {
		if i.Kind != "fact" && i.Kind != "opinion" || i.Text == "" || !person.Text(i.Text, maxNote) || i.From == "" || !person.Text(i.From, 200) {
			return bad("items")
		}
	}
	msg, err := x.message()
	if err != nil {
		return err
	}
	if err := x.Signer.Verify(seal.DomainRelease, msg, x.Signature); err != nil {
		return fault.Wrap(fault.Invalid, "case.signature", err)
	}
	return nil
}

func (x Dossier) message() ([]byte, error) {
	x.Signature = seal.Signature{}
	return frame.Encode(x)
}

// Releasing is what a release is made from. By consent, the content is what the consent covers; by
// order, what Categories name.
type Releasing struct {
	Case       id.Case
	To         id.Desk
	Consent    id.Consent // by consent
	Order      string     // by order
	Categories []consent.Code
	Category   string
	Handling   string
	Items      []Item // statements; by consent only where she consented to a summary of the exploitation
	Facts      consent.Facts
	Until      frame.Time
}

// ByConsent releases to a desk of the prosecution what she consented to, and nothing else. It takes
// effect at once and ends with the consent.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Conflict] "consent.not-live"
// without a live consent of this case and "consent.unconfirmed" if nobody has said since a restore that it stands, [fault.Denied] "consent.recipient" if she did not name this desk
// and criminal proceedings, [fault.Invalid] if the desk is not of the prosecution or the dossier is
// malformed, and [fault.Locked] without keys.
func (s *Service) ByConsent(ctx context.Context, by keyring.Bearer, in Releasing) (Release, error) {
	in.Order = ""
	return s.release(ctx, by, access.ByConsentRelease, in, func(tx Tx, r *Release) ([]consent.Code, error) {
		c, err := tx.Consent(ctx, in.Consent)
		if err != nil {
			return nil, err
		}
		r.Basis, r.Consent, r.State, r.Until = OnConsent, c.ID, ReleaseActive, c.ValidTo
		codes, err := releasable(c, in, s.Member, s.now())
		if err != nil {
			return nil, err
		}
		return codes, s.MayUseIn(ctx, tx, Use{Case: in.Case, Given: c.Given})
	})
}

// releasable returns the categories that may be released under a consent.
func releasable(c consent.Consent, in Releasing, member id.Member, now frame.Time) ([]consent.Code, error) {
	if c.Case == in.Case && c.Waits(now) {
		return nil, fault.New(fault.Conflict, "consent.unconfirmed")
	}
	if c.Case != in.Case || c.Origin != consent.TakenHere || !c.Live(now) {
		return nil, fault.New(fault.Conflict, "consent.not-live")
	}
	if !slices.Contains(c.Purposes, consent.ForCriminal) || !slices.Contains(c.Recipients, id.Address{Member: member, Desk: in.To}) {
		return nil, fault.New(fault.Denied, "consent.recipient")
	}
	if len(in.Items) > 0 && !slices.Contains(c.Categories, "exploitation.summary") {
		return nil, fault.New(fault.Invalid, "consent.exceeds").With("member", "items")
	}
	return c.Categories, nil
}

// ByOrder proposes a release that a court or a prosecutor ordered. Nothing is granted before a second
// person of the desk has approved.
//
// It fails as [Service.ByConsent], and with [fault.Invalid] if no order is cited.
func (s *Service) ByOrder(ctx context.Context, by keyring.Bearer, in Releasing) (Release, error) {
	in.Consent = ""
	return s.release(ctx, by, access.ByOrderRelease, in, func(_ Tx, r *Release) ([]consent.Code, error) {
		r.Basis, r.State, r.Until = OnOrder, ReleaseProposed, in.Until
		return in.Categories, nil
	})
}

func (s *Service) release(ctx context.Context, by keyring.Bearer, action access.Action, in Releasing, judge func(Tx, *Release) ([]consent.Code, error)) (Release, error) {
	r := Release{
		ID: id.Random[id.Record](s.IDs), Case: in.Case, To: in.To, Category: in.Category, Handling: in.Handling,
		Maker: by.User, Version: 1,
	}
	var out Release
	err := s.Write(ctx, audit.Did(by.Actor, action, string(r.ID)).In(in.Case).For("release"), func(tx Tx) error {
		r := r
		if _, err := person.MayIn(ctx, tx, by.Actor, action, in.Case, s.now()); err != nil {
			return err
		}
		if err := s.toProsecution(ctx, tx, in.To); err != nil {
			return err
		}
		r.Made = s.now()
		codes, err := judge(tx, &r)
		if err != nil {
			return err
		}
		k, err := s.Keys.OpenCaseIn(ctx, tx, by, in.Case)
		if err != nil {
			return err
		}
		x, err := s.dossier(ctx, tx, k, by, r, in, codes)
		if err != nil {
			return err
		}
		space := r.Consent
		if space == "" {
			space = id.Consent(r.ID)
		}
		if r.Compartment, err = k.NewCompartmentIn(ctx, tx, space); err != nil {
			return err
		}
		kept, err := putAt(ctx, tx, k, r.Compartment, keyring.Record{Kind: KindDossier}, x)
		if err != nil {
			return err
		}
		r.Record = kept.Record
		if r.State == ReleaseActive {
			if err := grant(ctx, tx, k, r); err != nil {
				return err
			}
		}
		out = r
		if err := tx.AddRelease(ctx, r); err != nil {
			return err
		}
		return s.releasing(ctx, tx, r)
	})
	return out, err
}

func (s *Service) toProsecution(ctx context.Context, tx Tx, to id.Desk) error {
	d, err := tx.Desk(ctx, to)
	if fault.Is(err, fault.NotFound) {
		return bad("to")
	}
	if err != nil {
		return err
	}
	if d.Realm != access.Prosecution {
		return fault.New(fault.Invalid, "case.release.realm")
	}
	return nil
}

// dossier copies what may be released into a signed dossier.
func (s *Service) dossier(ctx context.Context, tx Tx, k *keyring.Case, by keyring.Bearer, r Release, in Releasing, codes []consent.Code) (Dossier, error) {
	who, err := s.Persons.ReadIn(ctx, tx, k)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Dossier{}, err
	}
	x := Dossier{
		Form: DossierForm, Release: r.ID, To: r.To, Basis: r.Basis, Consent: r.Consent, Order: in.Order, Category: r.Category,
		Handling: r.Handling, Items: in.Items, By: by.User, At: r.Made,
	}
	if err == nil {
		x.Content = consent.Select(who.Person, nil, in.Facts, codes)
	} else {
		x.Content = consent.Select(person.Person{}, nil, in.Facts, codes)
	}
	if x.Items == nil {
		x.Items = []Item{}
	}
	if x.Signer, err = by.Signer(); err != nil {
		return Dossier{}, err
	}
	msg, err := x.message()
	if err != nil {
		return Dossier{}, err
	}
	x.Signature, err = by.Sign(seal.DomainRelease, msg)
	return x, err
}

func grant(ctx context.Context, tx Tx, k *keyring.Case, r Release) error {
	return k.GrantIn(ctx, tx, keyring.Hold{Compartment: r.Compartment, Desk: r.To, Reason: keyring.Released, Until: r.Until})
}

// mayOn checks an action on a release, of which the maker counts, and returns its present row.
func (s *Service) mayOn(ctx context.Context, tx Tx, who access.Actor, action access.Action, release id.Record) (Release, error) {
	r, err := tx.Release(ctx, release)
	if fault.Is(err, fault.NotFound) {
		return Release{}, fault.New(fault.Hidden, "access.hidden")
	}
	if err != nil {
		return Release{}, err
	}
	at, err := tx.PlaceOf(ctx, r.Case)
	if err != nil {
		return Release{}, err
	}
	on := access.Resource{Noun: "release", ID: string(r.ID), Realm: at.Realm, Desk: at.Desk, Owner: at.Owner, Maker: r.Maker}
	if r.State == ReleaseActive && (r.Until == 0 || r.Until > s.now()) {
		on.Released = []id.Desk{r.To}
	}
	return r, access.Check(who, action, on)
}

// caseOf reads which case a release belongs to, for the log entry.
func (s *Service) caseOf(ctx context.Context, release id.Record) (id.Case, error) {
	var c id.Case
	err := s.Read(ctx, func(tx Tx) error {
		r, err := tx.Release(ctx, release)
		c = r.Case
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return "", fault.New(fault.Hidden, "access.hidden")
	}
	return c, err
}

// ApproveRelease lets a release by order take effect, as the second person, who has seen the dossier.
//
// It fails with [fault.Denied] if she proposed it herself, [fault.Hidden] as [access.Check],
// [fault.Conflict] if it does not wait for approval, and [fault.Locked] without keys.
func (s *Service) ApproveRelease(ctx context.Context, by keyring.Bearer, release id.Record) (Release, error) {
	c, err := s.caseOf(ctx, release)
	if err != nil {
		return Release{}, err
	}
	var out Release
	err = s.Write(ctx, audit.Did(by.Actor, access.ApproveRelease, string(release)).In(c).For("release"), func(tx Tx) error {
		r, err := s.mayOn(ctx, tx, by.Actor, access.ApproveRelease, release)
		if err != nil {
			return err
		}
		if r.State != ReleaseProposed || r.Basis != OnOrder {
			return fault.New(fault.Conflict, "case.release.state")
		}
		k, err := s.Keys.OpenCaseIn(ctx, tx, by, c)
		if err != nil {
			return err
		}
		if _, err := dossierIn(ctx, tx, k, r); err != nil {
			return err
		}
		if err := grant(ctx, tx, k, r); err != nil {
			return err
		}
		r.State, r.Approver = ReleaseActive, by.User
		if err := tx.SetRelease(ctx, r); err != nil {
			return err
		}
		r.Version++
		out = r
		return s.releasing(ctx, tx, r)
	})
	return out, err
}

func dossierIn(ctx context.Context, tx Tx, k *keyring.Case, r Release) (Dossier, error) {
	record, err := k.ReadIn(ctx, tx, r.Record)
	if err != nil {
		return Dossier{}, err
	}
	kept, err := parse[Dossier](record)
	if err != nil {
		return Dossier{}, err
	}
	if err := kept.Value.Check(); err != nil || kept.Value.Release != r.ID {
		return Dossier{}, fault.Wrap(fault.Internal, "case.kept", err)
	}
	return kept.Value, nil
}

// ReleasedIn says which release is meant and what categories it holds, for a noun above this one that shows the same desk nothing beyond
// them. The case is open for work.
//
// It fails with [fault.Internal] if the dossier is another, and as [keyring.Case.ReadIn].
func (s *Service) ReleasedIn(ctx context.Context, tx Tx, k *keyring.Case, release id.Record) (Release, []consent.Code, error) {
	r, err := tx.Release(ctx, release)
	if err != nil {
		return r, nil, err
	}
	if r.Consent != "" {
		c, err := tx.Consent(ctx, r.Consent)
		return r, c.Categories, err
	}
	x, err := dossierIn(ctx, tx, k, r)
	if err != nil {
		return r, nil, err
	}
	codes := x.Content.Categories()
	if len(x.Items) > 0 && !slices.Contains(codes, "exploitation.summary") {
		codes = append(codes, "exploitation.summary") // its statements are what happened to her
	}
	return r, codes, nil
}

// ShowRelease opens what was released, on either side of the wall.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Conflict] if the consent was
// withdrawn, and "consent.unconfirmed" on the other side while a restore has left open whether it was, [fault.NotFound] if
// the release has ended, and [fault.Locked] without keys.
func (s *Service) ShowRelease(ctx context.Context, by keyring.Bearer, release id.Record) (Dossier, Release, error) {
	c, err := s.caseOf(ctx, release)
	if err != nil {
		return Dossier{}, Release{}, err
	}
	var x Dossier
	var r Release
	err = s.Write(ctx, audit.Saw(by.Actor, access.ReadRelease, string(release)).In(c).For("release"), func(tx Tx) error {
		if r, err = s.mayOn(ctx, tx, by.Actor, access.ReadRelease, release); err != nil {
			return err
		}
		if r.Basis == OnConsent && by.Desk == r.To {
			given, err := tx.Consent(ctx, r.Consent)
			if err != nil {
				return err
			}
			if given.Unconfirmed != 0 {
				return fault.New(fault.Conflict, "consent.unconfirmed")
			}
			if err := s.MayUseIn(ctx, tx, Use{Case: c, Given: given.Given}); err != nil {
				return err
			}
		}
		open := s.Keys.OpenCaseIn
		if by.Desk == r.To { // across the wall nobody states reasons: the order or the consent is the reason
			open = s.Keys.TendCaseIn
		}
		k, err := open(ctx, tx, by, c)
		if err != nil {
			return err
		}
		x, err = dossierIn(ctx, tx, k, r)
		return err
	})
	if err != nil {
		return Dossier{}, Release{}, err
	}
	return x, r, nil
}

// WithdrawRelease ends a release and destroys the copy. It needs no key.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], and [fault.Conflict] if it has
// ended.
func (s *Service) WithdrawRelease(ctx context.Context, who access.Actor, release id.Record) (Release, error) {
	c, err := s.caseOf(ctx, release)
	if err != nil {
		return Release{}, err
	}
	var out Release
	err = s.Write(ctx, audit.Did(who, access.WithdrawRelease, string(release)).In(c).For("release"), func(tx Tx) error {
		r, err := s.mayOn(ctx, tx, who, access.WithdrawRelease, release)
		if err != nil {
			return err
		}
		if r.State == ReleaseEnded {
			return fault.New(fault.Conflict, "case.release.state")
		}
		if err := s.Keys.EraseCompartmentIn(ctx, tx, r.Compartment); err != nil {
			return err
		}
		if s.Unreleased != nil {
			if err := s.Unreleased(ctx, tx, r); err != nil {
				return err
			}
		}
		r.State, r.Ended = ReleaseEnded, s.now()
		if err := tx.SetRelease(ctx, r); err != nil {
			return err
		}
		r.Version++
		out = r
		return s.releasing(ctx, tx, r)
	})
	return out, err
}
