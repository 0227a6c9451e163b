package casefile_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/store"
)

// steal opens every record of the case and keeps the opened case beyond its request.
func (o *town) steal(c id.Case) *keyring.Case {
	o.t.Helper()
	var k *keyring.Case
	o.must(store.Reader[keyring.Tx](o.db)(o.ctx, func(tx keyring.Tx) (err error) {
		if k, err = o.keys.OpenCaseIn(o.ctx, tx, o.people["ana"], c); err != nil {
			return err
		}
		_, err = o.opens(tx, k)
		return err
	}))
	return k
}

// opens returns how many rows of the case k opens.
func (o *town) opens(tx keyring.Tx, k *keyring.Case) (int, error) {
	rows, err := tx.Rows(o.ctx, k.ID, "")
	n := 0
	for _, row := range rows {
		if _, err := k.ReadIn(o.ctx, tx, row.ID); err == nil {
			n++
		}
	}
	return n, err
}

// opensNow returns how many rows a stolen case opens now.
func (o *town) opensNow(k *keyring.Case) (n int) {
	o.t.Helper()
	o.must(store.Reader[keyring.Tx](o.db)(o.ctx, func(tx keyring.Tx) (err error) {
		n, err = o.opens(tx, k)
		return err
	}))
	return n
}

// compartments returns the compartments of a case as they rest.
func (o *town) compartments(c id.Case) (all []keyring.Compartment) {
	o.t.Helper()
	o.must(store.Reader[casefile.Tx](o.db)(o.ctx, func(tx casefile.Tx) (err error) {
		all, err = tx.Compartments(o.ctx, c)
		return err
	}))
	return all
}

// holds returns who holds what of a case.
func (o *town) holds(c id.Case) (all []keyring.Hold) {
	o.t.Helper()
	o.must(store.Reader[casefile.Tx](o.db)(o.ctx, func(tx casefile.Tx) (err error) {
		all, err = tx.Holds(o.ctx, c)
		return err
	}))
	return all
}

// filled opens a case with notes, a file of several parts and a part that was released to the prosecution.
func (o *town) filled() (c casefile.Case, file casefile.Kept[casefile.Attachment], content []byte, given consent.Consent, r casefile.Release) {
	o.t.Helper()
	c = o.open()
	ana := o.people["ana"]
	for _, text := range []string{"first", "second", "third"} {
		_, err := o.cases.Note(o.ctx, ana, c.ID, note(text))
		o.must(err)
	}
	content = append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("plain words "), 100_000)...)
	file, err := o.cases.Attach(o.ctx, ana, c.ID, casefile.Upload{Name: "letter.pdf", Body: bytes.NewReader(content)})
	o.must(err)
	given, err = o.consents.Give(o.ctx, ana, consent.Giving{Case: c.ID, Record: agreed(
		[]consent.Purpose{consent.ForCriminal, consent.ForReferral}, []id.Address{toPolice, abroad}, "identity.names", "exploitation.summary")})
	o.must(err)
	r, err = o.cases.ByConsent(o.ctx, ana, casefile.Releasing{Case: c.ID, To: "prosecution", Consent: given.ID, Category: "victim", Handling: "no-onward-without-consent"})
	o.must(err)
	return c, file, content, given, r
}

// whole fails the test unless everything in the case is there for everybody who could read it.
func (o *town) whole(c casefile.Case, file id.Record, content []byte, r casefile.Release, notes int) {
	o.t.Helper()
	f, err := o.cases.Show(o.ctx, o.people["mira"], c.ID)
	if err != nil || f.Who == nil || len(f.Notes) != notes || f.Shut != 0 {
		o.t.Fatalf("mira reads %d notes, %d are shut, %v", len(f.Notes), f.Shut, err)
	}
	var back bytes.Buffer
	if _, err := o.cases.Fetch(o.ctx, o.people["mira"], c.ID, file, &back); err != nil || !bytes.Equal(back.Bytes(), content) {
		o.t.Fatalf("%d bytes of the file came back, %v", back.Len(), err)
	}
	x, _, err := o.cases.ShowRelease(o.ctx, o.people["petar"], r.ID)
	if err != nil || len(x.Content.Names) != 1 {
		o.t.Fatalf("petar reads %+v, %v", x, err)
	}
}

func (o *town) rekey(c id.Case) (calls int) {
	o.t.Helper()
	for {
		left, err := o.cases.Rekey(o.ctx, o.people["ana"], c, 2)
		o.must(err)
		calls++
		if left == 0 {
			return calls
		}
	}
}

func TestRekeyedCaseReadsAndOldKeysOpenNothing(t *testing.T) {
	o := born(t)
	c, file, content, _, r := o.filled()
	thief := o.steal(c.ID)
	before, had := o.holds(c.ID), o.opensNow(thief)
	fileKey := o.fileKey(c.ID, file.Record)
	if calls := o.rekey(c.ID); calls < 3 {
		t.Errorf("done after %d calls, so it was not done some at a time", calls)
	}
	o.whole(c, file.Record, content, r, 3)
	_, err := o.cases.Note(o.ctx, o.people["ana"], c.ID, note("fourth"))
	o.must(err)
	if n := o.opensNow(thief); had == 0 || n != 0 {
		t.Errorf("the old keys opened %d records, and open %d now", had, n)
	}
	if bytes.Equal(fileKey, o.fileKey(c.ID, file.Record)) {
		t.Error("the file kept its key")
	}
	after := o.holds(c.ID)
	if len(after) != len(before) {
		t.Fatalf("%d holds became %d", len(before), len(after))
	}
	for i, h := range after {
		if b := before[i]; bytes.Equal(b.Sealed, h.Sealed) || b.Desk != h.Desk || b.Reason != h.Reason || b.Created != h.Created || b.Until != h.Until {
			t.Errorf("hold %+v became %+v", b, h)
		}
	}
	for _, p := range o.compartments(c.ID) {
		if len(p.Previous) != 0 {
			t.Error("an old key is still there")
		}
	}
	// Break-glass still reaches it.
	o.duty("erna", "emergency")
	_, err = o.cases.EmergencyOpen(o.ctx, o.people["erna"], c.ID, "missing-person", "she has not come home")
	o.must(err)
	if f, err := o.cases.Show(o.ctx, o.people["erna"], c.ID); err != nil || f.Who == nil || len(f.Notes) != 4 {
		t.Errorf("erna reads %+v, %v", f, err)
	}
	// And it can be done again.
	again := o.steal(c.ID)
	o.rekey(c.ID)
	if n := o.opensNow(again); n != 0 {
		t.Errorf("the second old keys open %d records", n)
	}
}

// fileKey returns the key under which a file is sealed.
func (o *town) fileKey(c id.Case, file id.Record) []byte {
	o.t.Helper()
	var body []byte
	o.must(store.Reader[keyring.Tx](o.db)(o.ctx, func(tx keyring.Tx) error {
		k, err := o.keys.OpenCaseIn(o.ctx, tx, o.people["ana"], c)
		if err != nil {
			return err
		}
		r, err := k.ReadIn(o.ctx, tx, file)
		body = r.Body
		return err
	}))
	_, after, _ := bytes.Cut(body, []byte(`"key":"`))
	key, _, found := bytes.Cut(after, []byte(`"`))
	if !found {
		o.t.Fatal("no key in the record of the file")
	}
	return key
}

func TestRekeyStopsAnywhereAndGoesOn(t *testing.T) {
	o := born(t)
	c, file, content, given, r := o.filled()
	ana, notes := o.people["ana"], 3
	thief := o.steal(c.ID)
	last := 1000
	for left := 1; left != 0; {
		var err error
		left, err = o.cases.Rekey(o.ctx, ana, c.ID, 1)
		o.must(err)
		if left >= last {
			t.Fatalf("%d are left after %d were", left, last)
		}
		last = left
		o.whole(c, file.Record, content, r, notes) // here it stopped: everything is there
		if left > 1 {
			// What is written in between is under the new keys, and no work for the next call.
			_, err = o.cases.Note(o.ctx, o.people["mira"], c.ID, note("in between"))
			o.must(err)
			notes++
		}
	}
	if n := o.opensNow(thief); n != 0 {
		t.Errorf("the old keys open %d records", n)
	}
	// Withdrawn in the middle: frozen at once, and sealed anew unseen.
	_, err := o.cases.Rekey(o.ctx, ana, c.ID, 1)
	o.must(err)
	_, err = o.consents.Withdraw(o.ctx, access.Node("MK"), given.ID, "")
	o.must(err)
	o.rekey(c.ID)
	_, _, err = o.cases.ShowRelease(o.ctx, o.people["petar"], r.ID)
	o.refused(err, fault.Conflict, "keyring.compartment.frozen")
	_, err = o.consents.Reply(o.ctx, ana, given.ID, nil)
	o.must(err)
	_, _, err = o.cases.ShowRelease(o.ctx, ana, r.ID)
	o.refused(err, fault.NotFound, "")
	o.rekey(c.ID)
}

func TestTamperedRecordKeepsTheOldKeys(t *testing.T) {
	o := born(t)
	c, _, _, _, _ := o.filled()
	o.must(store.Writer[casefile.Tx](o.db)(o.ctx, audit.Did(access.Node("MK"), access.NoteCase, string(c.ID)).In(c.ID), func(tx casefile.Tx) error {
		rows, err := tx.Rows(o.ctx, c.ID, casefile.KindNote)
		if err != nil {
			return err
		}
		return tx.Reseal(o.ctx, rows[2], rows[1].Body)
	}))
	for {
		left, err := o.cases.Rekey(o.ctx, o.people["ana"], c.ID, 1)
		if err != nil {
			o.refused(err, fault.Internal, "keyring.record.tampered")
			break
		}
		if left == 0 {
			t.Fatal("it came to an end")
		}
	}
	kept := 0
	for _, p := range o.compartments(c.ID) {
		if len(p.Previous) != 0 {
			kept++
		}
	}
	if kept == 0 {
		t.Error("the old keys are gone with a record unread")
	}
}

func TestRekeyTakesTheRight(t *testing.T) {
	o := born(t)
	c := o.open()
	for _, name := range []string{"boris", "petar", "erna", "hana"} {
		_, err := o.cases.Rekey(o.ctx, o.people[name], c.ID, 10)
		o.refused(err, fault.Hidden, "")
	}
	_, err := o.cases.Rekey(o.ctx, o.people["olga"], c.ID, 10)
	if err == nil {
		t.Error("an officer did it")
	}
	o.duty("erna", "emergency")
	_, err = o.cases.EmergencyOpen(o.ctx, o.people["erna"], c.ID, "missing-person", "she has not come home")
	o.must(err)
	_, err = o.cases.Rekey(o.ctx, o.people["erna"], c.ID, 10)
	o.refused(err, fault.Denied, "")
	_, err = o.cases.Rekey(o.ctx, o.people["ana"], c.ID, 0)
	o.refused(err, fault.Invalid, "case.field")
	for _, p := range o.compartments(c.ID) {
		if len(p.Previous) != 0 {
			t.Error("a refused one began")
		}
	}
}

func TestErasureInTheMiddleOfRekeyDestroysBothKeys(t *testing.T) {
	o := born(t)
	c, ana := o.open(), o.people["ana"]
	for _, text := range []string{"first", "second", "third"} {
		_, err := o.cases.Note(o.ctx, ana, c.ID, note(text))
		o.must(err)
	}
	left, err := o.cases.Rekey(o.ctx, ana, c.ID, 1)
	if err != nil || left == 0 {
		t.Fatalf("%d left, %v", left, err)
	}
	c, err = o.cases.Close(o.ctx, ana, c.ID, c.Version, casefile.Closure{Reason: "needs-met", Date: "2026-11-23", Action: "erase"})
	o.must(err)
	left, err = o.cases.Rekey(o.ctx, ana, c.ID, 1)
	if err != nil || left == 0 {
		t.Fatalf("closed: %d left, %v", left, err)
	}
	o.must(o.cases.Erase(o.ctx, ana.Actor, c.ID))
	for _, p := range o.compartments(c.ID) {
		if len(p.Previous) != 0 || len(p.Sealed) != 0 || p.State != keyring.Erased {
			t.Errorf("left of a compartment: %+v", p)
		}
	}
	if h := o.holds(c.ID); len(h) != 0 {
		t.Errorf("%d holds are left", len(h))
	}
	_, err = o.cases.Rekey(o.ctx, ana, c.ID, 1)
	o.refused(err, fault.NotFound, "")
}

func TestKeptByLawStaysReadableWhereItIsKept(t *testing.T) {
	o := born(t)
	c, _, _, given, _ := o.filled()
	ana := o.people["ana"]
	_, err := o.cases.Rekey(o.ctx, ana, c.ID, 1) // the answer comes in the middle
	o.must(err)
	_, err = o.consents.Withdraw(o.ctx, access.Node("MK"), given.ID, "")
	o.must(err)
	_, err = o.consents.Reply(o.ctx, ana, given.ID, &consent.Keeping{
		Ground: "court-order", Citation: "demo-17-2026", Review: frame.At(o.now).Add(24 * time.Hour), Desk: "hold",
	})
	o.must(err)
	kept := func() (n int) {
		o.must(store.Reader[keyring.Tx](o.db)(o.ctx, func(tx keyring.Tx) error {
			k, err := o.keys.OpenCaseIn(o.ctx, tx, o.people["hana"], c.ID)
			if err != nil {
				return err
			}
			n, err = o.opens(tx, k)
			return err
		}))
		return n
	}
	before := kept()
	o.rekey(c.ID)
	o.rekey(c.ID)
	if after := kept(); before == 0 || after != before {
		t.Errorf("hana opened %d records, and opens %d", before, after)
	}
	f, err := o.cases.Show(o.ctx, ana, c.ID)
	if err != nil || len(f.Notes) != 3 || f.Shut != before {
		t.Errorf("ana reads %d notes, %d are shut, %v", len(f.Notes), f.Shut, err)
	}
}
