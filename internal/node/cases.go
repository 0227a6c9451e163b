package node

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/job"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/screening"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
)

// wireCases makes what concerns the people served: persons, consents, cases; and what is published.
func (n *Node) wireCases() error {
	forms, err := form.Load()
	for _, a := range n.Config.Additions {
		if err == nil {
			forms, err = forms.Add(n.Texts, a)
		}
	}
	if err != nil {
		return err
	}
	db, now := n.DB, n.Config.Now
	n.Persons = &person.Service{
		Write: guarded(n, store.Writer[person.Tx](db)), Read: store.Reader[person.Tx](db), Now: now, IDs: n.IDs, Keys: n.Keyring,
	}
	n.Consents = &consent.Service{
		Write: guarded(n, store.Writer[consent.Tx](db)), Read: store.Reader[consent.Tx](db), Now: now, IDs: n.IDs, Member: n.Member,
		Keys: n.Keyring, Law: n.Law, Follow: n.overridden, Forward: n.forward, Answered: n.answered, Confirmed: n.confirmed, Words: n.consentWords,
		Sign: func(d seal.Domain, b []byte) seal.Signature { return n.Keys().Envelope.Sign(d, b) },
	}
	n.Cases = &casefile.Service{
		Write: guarded(n, store.Writer[casefile.Tx](db)), Read: store.Reader[casefile.Tx](db), Now: now, IDs: n.IDs, Member: n.Member,
		Keys: n.Keyring, Persons: n.Persons, Law: n.Law, Reflecting: n.reflecting, Refusing: n.refusing, Served: n.served,
		Releasing: n.releasing,
		Tell: func(ctx context.Context, tx casefile.Tx, notice notify.Notice) error {
			return n.Notices.TellIn(ctx, tx, notice)
		},
	}
	n.wireSearch()
	n.Screenings = &screening.Service{Cases: n.Cases, Ends: func(ctx context.Context, tx casefile.Tx, c keyring.Compartment) (frame.Time, error) {
		return n.endsIn(ctx, tx, c)
	}}
	n.Forms = &form.Service{Cases: n.Cases, Forms: forms}
	n.Intake = &intake.Service{
		Write: guarded(n, store.Writer[intake.Tx](db)), Read: store.Reader[intake.Tx](db), Now: now, IDs: n.IDs, Keys: n.Keyring, Cases: n.Cases,
		Wait: n.waitUntil,
	}
	n.wireDirectory()
	n.Publications = &publication.Service{
		Write: store.Writer[publication.Tx](db), Read: store.Reader[publication.Tx](db), Now: now, IDs: n.IDs, Member: n.Member,
		Exchange: n.Exchange, Every: greetEvery, Alarm: n.alarm,
	}
	n.Backups = &backup.Service{
		Write: store.Writer[backup.Tx](db), Read: store.Reader[backup.Tx](db), Now: now, IDs: n.IDs, Rand: n.Rand, Member: n.Member,
		Secret: n.secret, Keys: n.Keyring, Exchange: n.Exchange,
		Dump: func(ctx context.Context, content, keys io.Writer) error {
			return db.Dump(ctx, map[store.Class]io.Writer{store.Content: content, store.Keys: keys})
		},
		Load: func(ctx context.Context, content, keys io.Reader) error { return db.Load(ctx, content, keys) },
		Open: func(ctx context.Context) (*keyring.NodeKeys, error) {
			if err := n.reopen(ctx); err != nil {
				return nil, err
			}
			return n.Keys(), nil
		},
	}
	n.Backups.Also = n.erasures()
	n.Exchange.Handle(envelope.Publication, n.Publications)
	n.Exchange.Handle(envelope.Withdrawal, exchange.HandlerFunc(n.withdrawn))
	return nil
}

// greetEvery is after how long another member is asked what she has published.
const greetEvery = 12 * time.Hour

// caseJobs is the unattended work of these nouns.
func (n *Node) caseJobs() []job.Job {
	return []job.Job{
		{Name: "consents", Every: time.Minute, Do: n.expireConsents},
		n.searchJob(),
		n.draftJob(),
		n.ownJob(),
		{Name: "alarms", Every: 10 * time.Second, Do: n.tellAlarms, Everywhere: true},
		{Name: "remind", Every: 10 * time.Minute, Do: n.remind},
		{Name: "publications", Every: 10 * time.Minute, Do: func(ctx context.Context) (int, error) {
			did, err := n.Publications.Greet(ctx)
			if fault.Is(err, fault.NotFound) {
				err = nil // of no network yet
			}
			return did, err
		}},
	}
}

// records are the actions by which somebody's name comes into the node.
func records() []access.Action {
	return []access.Action{
		access.OpenCase, access.RecordPerson, access.CorrectPerson, access.DraftReferral, access.OpenReferral, access.WriteIntake, access.AskCooperation, access.WriteCooperation, access.BeginDocket, access.WriteDocket,
	}
}

// guarded lets nothing about a person into a node whose recovery drill has not passed, unless it is a demonstration:
// whoever writes down a name must be sure that it can be read again.
//
// What it returns fails with [fault.Conflict] "node.demo-only" then.
func guarded[T any](n *Node, write func(context.Context, audit.Entry, func(T) error) error) func(context.Context, audit.Entry, func(T) error) error {
	return func(ctx context.Context, e audit.Entry, fn func(T) error) error {
		if !n.Config.Demo && slices.Contains(records(), e.Action) {
			ready, err := n.Keyring.Ready(ctx)
			if err != nil {
				return err
			}
			if !ready {
				return fault.New(fault.Conflict, "node.demo-only")
			}
		}
		return write(ctx, e, fn)
	}
}

// forward destroys what still waits under a consent that was withdrawn, and tells every member who was sent something
// under it, in the thread in which it was sent.
func (n *Node) forward(ctx context.Context, narrow consent.Tx, c consent.Consent) error {
	tx, ok := narrow.(exchange.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	issuer := n.Member
	if c.Origin == consent.Received {
		issuer = c.Issuer
	}
	left, err := n.Exchange.Withdraw(ctx, tx, c.ID, issuer)
	if err != nil {
		return err
	}
	body, err := envelope.EncodeBody(envelope.WithdrawalBody{Consent: c.ID, At: n.now()})
	if err != nil {
		return err
	}
	if err := n.Referrals.WithdrawnIn(ctx, narrow, c.ID); err != nil {
		return err
	}
	if err := n.Homecomings.WithdrawnIn(ctx, narrow, c.ID); err != nil {
		return err
	}
	if _, err := n.Joints.WithdrawnIn(ctx, narrow, c.ID, ""); err != nil {
		return err
	}
	if err := n.Conferences.WithdrawnIn(ctx, narrow, c.ID); err != nil {
		return err
	}
	if err := n.releasesWithdrawn(ctx, narrow, c); err != nil {
		return err
	}
	told := map[id.Thread]bool{}
	for _, o := range left {
		if told[o.Thread] || c.Origin == consent.Received && o.To == issuer { // whoever took it back knows
			continue
		}
		told[o.Thread] = true
		if _, err := n.Exchange.Seal(ctx, tx, exchange.Draft{
			Kind: envelope.Withdrawal, FromDesk: o.Rule.From.Desk, Realm: o.Rule.FromRealm, To: o.To, ToDesk: o.Rule.To.Desk,
			Thread: o.Thread, Side: o.Side, Immediate: true, Consent: c.ID, Body: body,
		}); err != nil {
			return err
		}
	}
	return nil
}

// issuer returns the member that took a consent, or recorded the override that stands for one.
func (n *Node) issuer(ctx context.Context, narrow exchange.Tx, c id.Consent) (id.Member, error) {
	tx, ok := narrow.(consent.Tx)
	if !ok {
		return "", fault.New(fault.Internal, "node.wiring")
	}
	row, err := tx.Consent(ctx, c)
	if fault.Is(err, fault.NotFound) {
		_, err = tx.Override(ctx, c)
		return n.Member, err
	}
	if err == nil && row.Origin == consent.Received {
		return row.Issuer, nil
	}
	return n.Member, err
}

// withdrawAgain ends a consent anew whose withdrawal this node had sent and lost by a restore.
func (n *Node) withdrawAgain(ctx context.Context, narrow exchange.Tx, c envelope.Control) (known bool, err error) {
	tx, ok := narrow.(consent.Tx)
	if !ok {
		return false, fault.New(fault.Internal, "node.wiring")
	}
	w, err := c.Withdrawal()
	if err != nil {
		return false, nil // a person has to look
	}
	kept, err := tx.Consent(ctx, w.Consent)
	switch {
	case fault.Is(err, fault.NotFound):
		_, err = n.Exchange.Withdraw(ctx, narrow, w.Consent, n.Member)
	case err == nil && kept.State != consent.Withdrawn && kept.Origin == consent.TakenHere:
		_, err = n.Consents.WithdrawIn(ctx, tx, w.Consent, "", "")
	}
	return err == nil, err
}

// withdrawn takes a withdrawal that arrived: it freezes what is kept under the consent, and passes it on.
func (n *Node) withdrawn(ctx context.Context, narrow exchange.Tx, a exchange.Arrived) error {
	tx, ok := narrow.(consent.Tx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	w, err := a.Control.Withdrawal()
	if err != nil {
		return err
	}
	return n.freeze(ctx, tx, w.Consent, a.Envelope.Header.From, w.At)
}

// freeze freezes what is kept under a consent that a member says was withdrawn, and passes it on.
func (n *Node) freeze(ctx context.Context, tx consent.Tx, of id.Consent, from id.Member, at frame.Time) error {
	c, known, err := n.Consents.ArriveIn(ctx, tx, of, from, at)
	if err != nil {
		return err
	}
	unopened, err := n.Referrals.UnopenedIn(ctx, tx, of, from)
	if err != nil {
		return err
	}
	if _, err := n.Joints.WithdrawnIn(ctx, tx, of, from); err != nil {
		return err
	}
	if known && c.Origin == consent.Received {
		return n.forward(ctx, tx, c)
	}
	if known { // of this node, to a desk of its own: it was carried out here when she took it back
		return nil
	}
	if unopened == 0 {
		return nil
	}
	// Nobody has read what came, so nobody has to decide about it: it is destroyed and the issuer told at once.
	return n.answered(ctx, tx, consent.Consent{ID: of, Issuer: from, Reply: consent.Erased})
}

// answered tells the issuer of a consent what was done about the data received under it: in the thread in which
// they came, and by a receipt for each envelope.
func (n *Node) answered(ctx context.Context, narrow consent.Tx, c consent.Consent) error {
	tx, ok := narrow.(answerTx)
	if !ok {
		return fault.New(fault.Internal, "node.wiring")
	}
	if err := n.Referrals.AnsweredIn(ctx, narrow, c.ID); err != nil {
		return err
	}
	const page = 50
	var after id.Envelope
	for {
		rows, err := tx.InSince(ctx, c.Issuer, 0, after, page)
		if err != nil {
			return err
		}
		for _, in := range rows {
			after = in.ID
			if in.Consent != c.ID || !in.Content || in.Bytes == nil {
				continue
			}
			if err := n.answer(ctx, tx, c, in); err != nil {
				return err
			}
		}
		if len(rows) < page {
			return nil
		}
	}
}

type answerTx interface {
	consent.Tx
	exchange.Tx
}

// answer is answered for one envelope.
func (n *Node) answer(ctx context.Context, tx answerTx, c consent.Consent, in exchange.In) error {
	e, err := envelope.Parse(in.Bytes)
	if err != nil {
		return err
	}
	key, err := n.Keys().ControlOf(e.Header.Control.Key)
	if err != nil {
		return err
	}
	control, err := e.OpenControl(key)
	if err != nil {
		return err
	}
	d, err := tx.Desk(ctx, in.Desk)
	if err != nil {
		return err
	}
	said := envelope.WithdrawalAnswerBody{Consent: c.ID, Answer: "erased", Until: n.now().Add(keysKept)}
	receipt := envelope.Receipt{Stage: envelope.Erased, Until: said.Until}
	if c.Reply == consent.Kept {
		said = envelope.WithdrawalAnswerBody{Consent: c.ID, Answer: "kept", Ground: c.Ground, Citation: c.Citation, Until: c.Review}
		receipt = envelope.Receipt{Stage: envelope.Kept, Ground: c.Ground, Until: c.Review}
	}
	body, err := envelope.EncodeBody(said)
	if err != nil {
		return err
	}
	if _, err := n.Exchange.Seal(ctx, tx, exchange.Draft{
		Kind: envelope.WithdrawalAnswer, FromDesk: in.Desk, Realm: d.Realm, To: c.Issuer, ToDesk: control.FromDesk, Thread: in.Thread,
		Side: in.Side.Other(), Immediate: true, Consent: c.ID, Body: body,
	}); err != nil {
		return err
	}
	return n.Exchange.Answer(ctx, tx, in.ID, receipt)
}

// expireConsents ends consents whose time is over.
func (n *Node) expireConsents(ctx context.Context) (int, error) {
	const batch = 100
	over := 0
	err := store.Reader[consent.Tx](n.DB)(ctx, func(tx consent.Tx) error {
		list, err := tx.ConsentsOver(ctx, n.now(), batch)
		over = len(list)
		return err
	})
	if err != nil || over == 0 {
		return 0, err
	}
	ended, err := n.Consents.Expire(ctx, batch)
	return len(ended), err
}
