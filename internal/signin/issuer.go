package signin

import (
	"context"
	"encoding/base64"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Issuer is somebody outside who says who a person is (OpenID Connect). It has no part in what opens her keys.
type Issuer struct {
	Name   string // in addresses
	Title  string // as people call it
	URL    string // by which it calls itself
	Second bool   // that it knows her is the second thing, where one is demanded beside a passphrase
}

// Issuers are those that the node is configured to ask. They alone speak to anybody outside.
type Issuers interface {
	All() []Issuer
	// Begin returns the address at which the browser asks the issuer; [fault.Unavailable] if it does not answer.
	Begin(ctx context.Context, name string, a Asking) (string, error)
	// Finish redeems what the browser brought back. It fails with [fault.Denied] for everything that does not prove who came, and with
	// [fault.Unavailable] if the issuer does not answer.
	Finish(ctx context.Context, name string, a Asking, b Brought) (Said, error)
	// Leave returns the address at which the browser ends its session with the issuer; [fault.Unavailable] if there is none.
	Leave(ctx context.Context, name, back string) (string, error)
}

// Asking is one question to an issuer: whoever does not have it can do nothing with the answer.
type Asking struct {
	State    string
	Nonce    string
	Verifier string
	Return   string // where the answer is brought, exactly
}

// Brought is what a browser brings back from an issuer.
type Brought struct {
	State  string
	Code   string
	Issuer string // who says that it answered; "" where it does not say
	Error  string // why there is no code
}

// Said is what an issuer said.
type Said struct {
	Subject string // whom it means: a name that it gives to one person and to nobody else
}

// Purposes for which an issuer is asked.
const (
	toSignIn = "sign-in"
	toLink   = "link"
)

const (
	infoFlow  = "opentrm/issuer-flow/1"
	infoKnown = "opentrm/issuer-known/1"
)

// flow is a question on its way. The browser that asked keeps it, sealed, so that nothing rests here and nobody else has it.
type flow struct {
	Back     string `json:"back,omitempty"`
	Ends     int64  `json:"ends"`
	For      string `json:"for"`
	Issuer   string `json:"issuer"`
	Nonce    string `json:"nonce"`
	Session  string `json:"session,omitempty"` // in which it was asked to link
	State    string `json:"state"`
	Verifier string `json:"verifier"`
}

// known is a proof of who came, until she has opened her keys; or, where she is signed in, of what she may link.
type known struct {
	Ends     int64     `json:"ends"`
	For      string    `json:"for"`
	Identity string    `json:"identity,omitempty"`
	Issuer   string    `json:"issuer"`
	Mark     seal.Blob `json:"mark"` // to be spent; of a link: of the subject
	Session  string    `json:"session,omitempty"`
	User     string    `json:"user"`
}

// carry seals what a browser carries for the node.
func (s *Service) carry(info string, what any) (string, error) {
	plain, err := frame.Encode(what)
	if err != nil {
		return "", err
	}
	k := s.Pepper.Derive(info)
	defer k.Wipe()
	return base64.RawURLEncoding.EncodeToString(k.Seal(frame.JoinText(info, string(s.Member)), plain)), nil
}

// carried opens what [Service.carry] sealed.
//
// It fails with [fault.Conflict] for everything else.
func (s *Service) carried(info, text string, into any) error {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(text) > 2000 {
		return late()
	}
	k := s.Pepper.Derive(info)
	defer k.Wipe()
	plain, err := k.Open(frame.JoinText(info, string(s.Member)), sealed)
	if err != nil || frame.Decode(plain, 2<<10, into) != nil {
		return late()
	}
	return nil
}

// AllIssuers lists whom this node asks.
func (s *Service) AllIssuers() []Issuer {
	if s.Issuers == nil {
		return nil
	}
	return s.Issuers.All()
}

// IssuerNamed returns an issuer of this node.
//
// It fails with [fault.NotFound].
func (s *Service) IssuerNamed(name string) (Issuer, error) {
	all := s.AllIssuers()
	i := slices.IndexFunc(all, func(i Issuer) bool { return i.Name == name })
	if i < 0 {
		return Issuer{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return all[i], nil
}

// issuerOf returns the issuer that calls itself so, and whether the node still asks it.
func (s *Service) issuerOf(url string) (Issuer, bool) {
	all := s.AllIssuers()
	i := slices.IndexFunc(all, func(i Issuer) bool { return i.URL == url })
	if i < 0 {
		return Issuer{}, false
	}
	return all[i], true
}

// IssuerTitle is how people call the issuer that calls itself so; its address if the node asks it no more.
func (s *Service) IssuerTitle(url string) string {
	if i, ok := s.issuerOf(url); ok {
		return i.Title
	}
	return url
}

// Leaving is with what a browser leaves for an issuer.
type Leaving struct {
	Address string // to which it goes
	Keep    string // what it keeps until it comes back
}

// issuerCounters guard what an issuer is asked by one network.
func issuerCounters(address string) map[string]int64 {
	return map[string]int64{attemptKey("both-", "issuer", address): 10, attemptKey("from-", address): 20}
}

// AskIssuer begins a sign-in with an issuer. Back is the page that was asked for.
//
// It fails with [fault.NotFound] if there is no such issuer, and with [fault.Unavailable] if it does not answer or there were too many
// attempts.
func (s *Service) AskIssuer(ctx context.Context, name, back, address string) (Leaving, error) {
	return s.toward(ctx, flow{For: toSignIn, Issuer: name, Back: back}, address)
}

// LeaveIssuer returns the address at which a browser that has signed out here does so with an issuer; it comes back to the way in.
//
// It fails with [fault.NotFound] if there is no such issuer, and with [fault.Unavailable] "signin.issuer.stays" if it does not answer or
// cannot be told.
func (s *Service) LeaveIssuer(ctx context.Context, name string) (string, error) {
	if _, err := s.IssuerNamed(name); err != nil {
		return "", err
	}
	to, err := s.Issuers.Leave(ctx, name, s.Home()+"/signin")
	if fault.Is(err, fault.Unavailable) {
		err = fault.Wrap(fault.Unavailable, "signin.issuer.stays", err)
	}
	return to, err
}

// AskLink begins to link an identity to the actor's account.
//
// It fails as [Service.AskIssuer] does, and with [fault.Denied] if she may not.
func (s *Service) AskLink(ctx context.Context, who access.Actor, name, address string) (Leaving, error) {
	if err := access.Check(who, access.AddUnlock, unlockOf(who.User)); err != nil {
		return Leaving{}, err
	}
	return s.toward(ctx, flow{For: toLink, Issuer: name, Session: string(who.Session)}, address)
}

func (s *Service) toward(ctx context.Context, f flow, address string) (Leaving, error) {
	if _, err := s.IssuerNamed(f.Issuer); err != nil {
		return Leaving{}, err
	}
	if err := s.admit(ctx, issuerCounters(address)); err != nil {
		return Leaving{}, err
	}
	draw := func() string { return base64.RawURLEncoding.EncodeToString(seal.Draw(s.Rand, 32)) }
	f.State, f.Nonce, f.Verifier, f.Ends = draw(), draw(), draw(), int64(s.now().Add(2*StepLimit))
	to, err := s.Issuers.Begin(ctx, f.Issuer, s.asking(f))
	if err != nil {
		return Leaving{}, err
	}
	keep, err := s.carry(infoFlow, f)
	return Leaving{Address: to, Keep: keep}, err
}

func (s *Service) asking(f flow) Asking {
	return Asking{State: f.State, Nonce: f.Nonce, Verifier: f.Verifier, Return: s.returnOf(f.Issuer)}
}

// returnOf is the address to which an issuer sends browsers back. Each issuer has its own, so that an answer of one is not taken for
// that of another.
func (s *Service) returnOf(name string) string { return s.Home() + "/signin/from/" + name }

// Back is who came back from an issuer.
type Back struct {
	Linking bool   // she is signed in, and now says with her passphrase that it is to be linked
	Keep    string // what her browser keeps for the next step
	Back    string // page that was asked for
}

// Return takes what a browser brought back. Keep is what it was given by [Service.AskIssuer] or [Service.AskLink]. Whoever came so is
// known and nothing more: [Service.Come] or a passkey opens her keys, [Service.LinkIdentity] links.
//
// It fails with [fault.Conflict] "signin.issuer.late" if this browser asked nothing, or something else, or too long ago, or comes twice;
// with [fault.Denied] "signin.issuer.refused" if it brings no proof, "signin.issuer.unknown" if the issuer knows somebody who is not
// linked to an account that is in use; and with [fault.Unavailable] if the issuer does not answer or there were too many attempts.
func (s *Service) Return(ctx context.Context, name, keep string, b Brought, address string) (Back, error) {
	counters := issuerCounters(address)
	if err := s.admit(ctx, counters); err != nil {
		return Back{}, err
	}
	over := fault.New(fault.Conflict, "signin.issuer.late")
	var f flow
	if s.carried(infoFlow, keep, &f) != nil || f.Issuer != name || f.Ends <= int64(s.now()) || f.State != b.State || f.State == "" {
		return Back{}, s.refuse(ctx, "", counters, over)
	}
	i, err := s.IssuerNamed(name)
	if err != nil {
		return Back{}, err
	}
	if b.Error != "" || b.Code == "" {
		return Back{}, s.refuse(ctx, "", counters, fault.New(fault.Denied, "signin.issuer.refused"))
	}
	said, err := s.Issuers.Finish(ctx, name, s.asking(f), b)
	if fault.Is(err, fault.Denied) {
		return Back{}, s.refuse(ctx, "", counters, err)
	}
	if err != nil {
		return Back{}, err
	}
	ends := s.now().Add(StepLimit)
	mark := subjectMark(i.URL, said.Subject)
	once := audit.Did(access.Node(s.Member), access.SignInSession, f.For).For("issuer")
	if f.For == toLink {
		err := s.Write(ctx, once, func(tx Tx) error { return tx.SpendChallenge(ctx, spent([]byte(f.State)), frame.Time(f.Ends)) })
		if err != nil {
			return Back{}, over
		}
		k, err := s.carry(infoKnown, known{For: toLink, Issuer: i.URL, Mark: mark, Session: f.Session, Ends: int64(ends)})
		return Back{Linking: true, Keep: k}, err
	}
	var found Identity
	err = s.Read(ctx, func(tx Tx) (err error) {
		if found, err = tx.IdentityByMark(ctx, mark); err != nil {
			return err
		}
		u, err := tx.User(ctx, found.User)
		if err == nil && u.State != Active {
			return fault.New(fault.NotFound, "fault.not-found")
		}
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return Back{}, s.refuse(ctx, "", counters, fault.New(fault.Denied, "signin.issuer.unknown"))
	}
	if err != nil {
		return Back{}, err
	}
	once.Object = found.ID
	if err := s.Write(ctx, once, func(tx Tx) error {
		return tx.SpendChallenge(ctx, spent([]byte(f.State)), frame.Time(f.Ends))
	}); fault.Is(err, fault.Conflict) {
		return Back{}, over
	} else if err != nil {
		return Back{}, err
	}
	k, err := s.carry(infoKnown, known{
		For: toSignIn, Issuer: i.URL, Identity: found.ID, User: string(found.User), Mark: seal.Draw(s.Rand, 32), Ends: int64(ends),
	})
	return Back{Keep: k, Back: f.Back}, err
}

// knownUser is whom a proof means; "" if there is none that holds.
func (s *Service) knownUser(text string) id.User {
	var k known
	if text == "" || s.carried(infoKnown, text, &k) != nil || k.For != toSignIn || k.Ends <= int64(s.now()) {
		return ""
	}
	return id.User(k.User)
}

// named is the entry with the login of whoever is known.
//
// It fails with [fault.Conflict] "signin.issuer.late" if nobody is.
func (s *Service) named(ctx context.Context, e Entry) (Entry, error) {
	if e.Login != "" || e.Known == "" {
		return e, nil
	}
	err := s.Read(ctx, func(tx Tx) error {
		u, err := tx.User(ctx, s.knownUser(e.Known))
		e.Login = u.Login
		return err
	})
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.Conflict, "signin.issuer.late")
	}
	return e, err
}

// proof is what somebody brought who was known before she opened her keys.
type proof struct {
	known
	issuer Issuer
}

// proven says whether a proof is of that user and still holds: the node asks that issuer, and the identity is hers.
func (s *Service) proven(ctx context.Context, tx Tx, text string, user id.User) (*proof, error) {
	var k known
	if text == "" || s.carried(infoKnown, text, &k) != nil || k.For != toSignIn || k.Ends <= int64(s.now()) || id.User(k.User) != user {
		return nil, nil
	}
	i, ok := s.issuerOf(k.Issuer)
	if !ok {
		return nil, nil
	}
	found, err := tx.Identity(ctx, k.Identity)
	if fault.Is(err, fault.NotFound) || err == nil && found.User != user {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &proof{k, i}, nil
}

// useIn takes a proof: it is good for one sign-in.
func (s *Service) useIn(ctx context.Context, tx Tx, p *proof) error {
	if p == nil {
		return nil
	}
	if err := tx.SpendChallenge(ctx, spent(p.Mark), frame.Time(p.Ends)); err != nil {
		return err
	}
	return tx.UseIdentity(ctx, p.Identity, s.now())
}
