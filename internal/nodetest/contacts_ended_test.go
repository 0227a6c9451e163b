package nodetest_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/store"
)

// TestHowSheIsReachedEndsBeforeHerFile: where a member keeps the ways of reaching somebody for a shorter time than her file, two people destroy the key
// under which they lie; her name stays, nobody can call her any more, and a restore of an older backup destroys it again. After her case is
// opened anew a way that she gives lies under a new key.
func TestHowSheIsReachedEndsBeforeHerFile(t *testing.T) {
	net := nodetest.New(t, nodetest.At("MK"))
	k := newKeeping(t, net.Node("MK"))
	ctx := t.Context()
	who := demo.Invented()
	c, err := k.Cases.Open(ctx, k.As("ana"), casefile.Opening{AgeClass: person.Adult, Person: &who})
	k.must(err)
	ways := func() int {
		t.Helper()
		card, err := k.Persons.SafeContact(ctx, k.As("ana"), c.ID)
		k.must(err)
		p, err := k.Persons.Show(ctx, k.As("ana"), c.ID)
		k.must(err)
		if len(p.Names) == 0 {
			t.Error("her name is gone")
		}
		return len(card.Entries)
	}
	all := len(who.Contacts)
	if all == 0 || ways() != all {
		t.Fatalf("of %d ways %d are there", all, ways())
	}
	rows := func(kind string) (out []keyring.SealedRow) {
		t.Helper()
		k.must(store.Reader[casefile.Tx](k.DB)(ctx, func(tx casefile.Tx) (err error) {
			out, err = tx.Rows(ctx, c.ID, kind)
			return err
		}))
		return out
	}
	home, apart := rows(person.Kind), rows(person.KindContacts)
	if len(home) != 1 || len(apart) != 1 || home[0].Compartment == apart[0].Compartment {
		t.Fatalf("rows %d and %d", len(home), len(apart))
	}

	// Whoever can write into the database cannot put an earlier number beside a later name, nor take the ways away.
	p, err := k.Persons.Show(ctx, k.As("ana"), c.ID)
	k.must(err)
	next := p.Person
	next.Contacts = slices.Clone(next.Contacts)
	next.Contacts[0].Times = "DEMO only in the morning"
	_, err = k.Persons.Correct(ctx, k.As("ana"), c.ID, p.Version, next)
	k.must(err)
	if ways() != all {
		t.Errorf("after it was corrected there are %d ways", ways())
	}
	later := rows(person.KindContacts)[0]
	put := func(all ...keyring.SealedRow) { // as it was written, at its own version
		t.Helper()
		k.must(store.Writer[casefile.Tx](k.DB)(ctx, audit.Did(access.Console("MK"), access.InitNode, "x").In(c.ID), func(tx casefile.Tx) error {
			if err := tx.DropRows(ctx, later.Compartment); err != nil {
				return err
			}
			for i, row := range all {
				version := row.Version
				for row.Version = 1; row.Version <= version; row.Version++ {
					if err := tx.PutRow(ctx, row); err != nil {
						return fmt.Errorf("%d: %w", i, err)
					}
				}
			}
			return nil
		}))
	}
	for what, all := range map[string][]keyring.SealedRow{"with an earlier row": {apart[0]}, "without a row": nil} {
		put(all...)
		_, err = k.Persons.SafeContact(ctx, k.As("ana"), c.ID)
		k.refused(what, err, fault.Internal, "")
	}
	put(later)

	c = k.close("ana", c)
	k.state("case-file", 24)
	net.Clock.Advance(70 * 24 * time.Hour)
	if p, err := k.Retention.Preview(ctx, k.As("dora").Actor); err != nil || len(p.Due) != 0 {
		t.Fatalf("due by a period that nobody has stated: %+v, %v", p, err)
	}
	k.state(profile.ClassContact, 2)
	var content, keys, list bytes.Buffer
	_, err = k.Backups.Make(ctx, nodetest.Console("MK"), &content, &keys)
	k.must(err)
	set, err := k.Retention.Propose(ctx, k.As("dora").Actor)
	k.must(err)
	if len(set.Items) != 1 || set.Items[0].Class != profile.ClassContact || set.Items[0].What != retention.Space || ways() != all {
		t.Fatalf("due: %+v", set.Items)
	}
	_, err = k.Retention.Confirm(ctx, k.As("nada").Actor, set.ID, set.Digest)
	k.must(err)
	if ways() != 0 || len(rows(person.KindContacts)) != 0 {
		t.Errorf("%d ways and %d rows are left", ways(), len(rows(person.KindContacts)))
	}
	k.must(k.Backups.WriteErasures(ctx, nodetest.Console("MK"), &list))
	k.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes()), Lists: [][]byte{list.Bytes()}})
	if ways() != 0 || len(rows(person.KindContacts)) != 0 {
		t.Errorf("after a restore %d ways and %d rows are left", ways(), len(rows(person.KindContacts)))
	}

	again, err := k.Cases.Reopen(ctx, k.As("ana"), c.ID, c.Version, casefile.Reopening{Reason: "new-need", On: net.Clock.Now().Format(time.DateOnly)})
	k.must(err)
	p, err = k.Persons.Show(ctx, k.As("ana"), again.ID)
	k.must(err)
	next = p.Person
	next.Contacts = []person.Contact{{Way: person.Telephone, Address: "DEMO +389 00", Safety: person.Safe}}
	_, err = k.Persons.Correct(ctx, k.As("ana"), c.ID, p.Version, next)
	k.must(err)
	if ways() != 1 || rows(person.KindContacts)[0].Compartment == apart[0].Compartment {
		t.Error("the way that she gave later is not there, or under the key that was destroyed")
	}
}
