package wording_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
	"github.com/opentrm/opentrm/internal/wording"
)

// A review is of the words as they stood: recorded by the office, of what was seen, of that text in that language alone; and void when a
// word changes.
func TestAReviewIsOfTheWordsAsTheyStood(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC) }
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.New(t, now)
	s := &wording.Service{Write: store.Writer[wording.Tx](db), Read: store.Reader[wording.Tx](db), Now: now, Texts: texts}
	ctx := t.Context()
	ada := access.Actor{User: "ada", Role: access.Administrator, Realm: access.Office, Member: "MK"}
	cora, ana := ada, ada
	cora.User, cora.Role = "cora", access.NationalCoordinator
	ana.User, ana.Role, ana.Realm, ana.Desk = "ana", access.CaseManager, access.Assistance, "shelter"
	of := func(tag lang.Tag, text lang.Text) wording.Standing {
		t.Helper()
		at, err := s.Of(ctx, tag, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	if !of("en", "consent").Reviewed() || of("mk", "consent").Reviewed() {
		t.Error("the source needs a review, or a draft needs none")
	}
	for tag, want := range map[lang.Tag]bool{"en": false, "mk": true, lang.Pseudo: true} {
		if doubted, err := s.Doubted(ctx, tag, "consent"); err != nil || doubted != want {
			t.Errorf("%s: doubted %v, want %v (%v)", tag, doubted, want, err)
		}
	}
	right := wording.Confirming{Language: "mk", Text: "consent", Digest: of("mk", "consent").Digest, Reviewer: "DEMO: Petko Fiktivski, interpreter", On: "2026-03-01"}
	for name, c := range map[string]struct {
		who    access.Actor
		change func(*wording.Confirming)
		kind   fault.Kind
	}{
		"a case manager":    {ana, func(*wording.Confirming) {}, fault.Denied},
		"other words":       {ada, func(c *wording.Confirming) { c.Digest = of("mk", "letter").Digest }, fault.Stale},
		"nobody":            {ada, func(c *wording.Confirming) { c.Reviewer = "  " }, fault.Invalid},
		"a hidden sign":     {ada, func(c *wording.Confirming) { c.Reviewer = "Petko \u202e" }, fault.Invalid},
		"no day":            {ada, func(c *wording.Confirming) { c.On = "soon" }, fault.Invalid},
		"next week":         {ada, func(c *wording.Confirming) { c.On = "2026-03-09" }, fault.Invalid},
		"no such language":  {ada, func(c *wording.Confirming) { c.Language = "tlh" }, fault.NotFound},
		"no such text":      {ada, func(c *wording.Confirming) { c.Text = "web" }, fault.NotFound},
		"the source itself": {ada, func(c *wording.Confirming) { c.Language, c.Digest = "en", of("en", "consent").Digest }, fault.Conflict},
	} {
		in := right
		c.change(&in)
		if _, err := s.Confirm(ctx, c.who, in); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if of("mk", "consent").Reviewed() {
		t.Fatal("what was refused counts")
	}
	if out, err := s.Confirm(ctx, cora, right); err != nil || !out.Reviewed() {
		t.Fatal(err)
	}
	if at := of("mk", "consent"); !at.Reviewed() || at.Review.By != "cora" || at.Review.Reviewer != right.Reviewer || of("mk", "letter").Reviewed() || of("sq", "consent").Reviewed() {
		t.Errorf("%+v", at)
	}

	better := []byte(`{"schema":"opentrm/texts/1","language":"mk","name":"македонски","dir":"ltr","texts":{"consent.read.ask":"Подобро."}}`)
	was := s.Texts
	changed, found := texts.Add(map[string][]byte{"mk.json": better})
	if len(found) > 0 {
		t.Fatal(found)
	}
	s.Texts = changed
	if at := of("mk", "consent"); at.Reviewed() || !at.Lapsed() {
		t.Error("a word has changed and the review counts")
	}
	if _, err := s.Confirm(ctx, ada, right); !fault.Is(err, fault.Stale) {
		t.Errorf("the words of before are reviewed: %v", err)
	}
	s.Texts = was
	if !of("mk", "consent").Reviewed() {
		t.Error("the words are those of before, and their review counts no more")
	}

	// What is missing in a text is said in English, which she may not understand: it cannot be reviewed.
	part := []byte(`{"schema":"opentrm/texts/1","language":"fa","name":"فارسی","dir":"rtl","texts":{"lang.draft":"متن"}}`)
	if s.Texts, found = texts.Add(map[string][]byte{"fa.json": part}); len(found) > 0 {
		t.Fatal(found)
	}
	in := right
	in.Language, in.Text, in.Digest = "fa", "own", of("fa", "own").Digest
	if _, err := s.Confirm(ctx, ada, in); !fault.Is(err, fault.Conflict) || in.Digest == "" {
		t.Errorf("a text is reviewed of which most is missing: %v", err)
	}
	// One script is made letter by letter from the other, and stands as it does.
	all, err := s.All(ctx)
	if err != nil || len(all) != len(s.Texts.Reads())*len(texts.PersonTexts()) {
		t.Errorf("%d texts: %v", len(all), err)
	}
	if of("sr", "letter").Digest != of("sr-Latn", "letter").Digest {
		t.Error("the scripts of Serbian stand apart")
	}
}
