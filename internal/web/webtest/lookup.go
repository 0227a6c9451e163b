package webtest

import (
	"crypto/rand"
	"encoding/hex"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lookup"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/veil"
)

// Asked writes down, as five members that share a secret would have made them, a question about a case that waits for a second person, one that was put to three
// members of whom one has written, one that was drawn and opened, and that another member asks about it. It returns the pages of the first and of the last.
func Asked(w *World, login string, of id.Case) (question, hit string) {
	w.T.Helper()
	by, now, day := w.Node.As(login), frame.At(w.Node.Net.Clock.Now()), frame.Time(24*60*60*1_000_000)
	q := lookup.Question{
		ID: id.Random[id.Lookup](id.Maker{}), Reference: id.NewReference(id.Maker{}), Case: of, Desk: by.Desk, Realm: by.Realm, Class: lookup.Asking, About: lookup.AboutPerson,
		Purpose: "protection", Basis: "cets-197-11", By: by.User, Stage: lookup.Proposed, Made: now, Group: seal.Blob{}, Query: seal.Blob{}, Holders: []lookup.Holder{},
		Members: []lookup.Told{}, Covers: []lookup.Covered{}, Sealed: seal.Blob{}, BoxSealed: seal.Blob{},
	}
	sent := q
	sent.ID, sent.Reference, sent.Stage, sent.Sent, sent.Due = id.Random[id.Lookup](id.Maker{}), id.NewReference(id.Maker{}), lookup.Sent, now, now+3*day
	sent.Members = []lookup.Told{{Member: "AL"}, {Member: "MK", At: now, Thread: id.Random[id.Thread](id.Maker{})}, {Member: "RS"}}
	opened := sent
	opened.ID, opened.Reference, opened.Due = id.Random[id.Lookup](id.Maker{}), id.NewReference(id.Maker{}), now-day
	opened.Demanded, opened.OpenBy, opened.Opened, opened.Found = now, now+day, now, lookup.OfHer
	h := lookup.Hit{
		ID: id.Random[id.Search](id.Maker{}), Reference: id.NewReference(id.Maker{}), Question: id.Random[id.Lookup](id.Maker{}), From: id.Address{Member: "RS", Desk: "focal-point"},
		Case: of, Desk: by.Desk, Realm: by.Realm, About: lookup.AboutPerson, Purpose: "protection", Basis: "cets-197-11", Likeness: veil.Likely, At: now, Due: now + 3*day, State: lookup.HitOpen,
	}
	err := store.Writer[lookup.FullTx](w.Node.DB)(w.T.Context(), audit.Did(access.Node(w.Node.Member), access.ContinueLookup, "x"), func(tx lookup.FullTx) error {
		for _, q := range []lookup.Question{q, sent, opened} {
			b, err := frame.Encode(q)
			if err != nil {
				return err
			}
			r := lookup.Row{ID: string(q.ID), Case: q.Case, Desk: q.Desk, Class: q.Class, State: string(q.Stage), At: q.Made, Value: b, Version: 1}
			if err := tx.AddLookup(w.T.Context(), r); err != nil {
				return err
			}
		}
		b, err := frame.Encode(h)
		if err != nil {
			return err
		}
		return tx.AddLookupHit(w.T.Context(), lookup.Row{ID: string(h.ID), Case: of, Desk: h.Desk, State: string(h.State), At: h.Due, Value: b, Version: 1})
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return "/lookups/" + string(q.ID), "/lookup-hits/" + string(h.ID)
}

// Unsealed founds a desk of data protection with somebody at it, and keeps for it what a question was made from. It returns which.
func Unsealed(w *World, login string) id.Lookup {
	w.T.Helper()
	w.Node.Desk(desk.Desk{ID: "data", Kind: desk.AtNode, Realm: access.Office, Purpose: desk.DataProtection, Function: "desk.function.focal-point"}, login, access.DataProtectionOfficer)
	ctx, question := w.T.Context(), id.Random[id.Lookup](id.Maker{})
	query, asking, err := veil.Ask(rand.Reader, 1, veil.OfPerson(veil.Person{Given: "DEMO", Family: "Nobody", Birth: veil.Birth{Year: 1990}}))
	if err != nil {
		w.T.Fatal(err)
	}
	plain, err := frame.Encode(map[string]any{
		"case": id.Random[id.Case](id.Maker{}), "desk": "focal-point", "by": id.Random[id.User](id.Maker{}), "second": id.Random[id.User](id.Maker{}), "purpose": "protection",
		"query": seal.Blob(query.Append(nil)), "asking": seal.Blob(asking.Append(nil)),
	})
	if err != nil {
		w.T.Fatal(err)
	}
	digest := lookup.Digest(query.Append(nil))
	key := seal.NewKey(rand.Reader)
	defer key.Wipe()
	aad := seal.Field{Node: string(w.Node.Member), Table: "lookup_opening", Row: string(question), Column: "sealed", Version: 1}.AAD()
	err = store.Writer[lookup.FullTx](w.Node.DB)(ctx, audit.Did(access.Node(w.Node.Member), access.ContinueLookup, "x"), func(tx lookup.FullTx) error {
		box, err := w.Node.Keyring.HandIn(ctx, tx, "lookup-opening", string(question)+"."+hex.EncodeToString(digest), key, "data")
		if err != nil {
			return err
		}
		return tx.AddLookupOpening(ctx, lookup.Kept{ID: question, Digest: digest, At: frame.At(w.Node.Net.Clock.Now()), Box: box, Sealed: key.Seal(aad, plain)})
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return question
}
