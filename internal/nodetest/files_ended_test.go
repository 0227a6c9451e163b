package nodetest_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/retention"
	"github.com/opentrm/opentrm/internal/store"
)

// TestAFileEndsBeforeItsCase: where a member keeps files for a shorter time than cases, two people end the files of closed cases, each with its key
// and every part of it; the rest of the case stays, and so do files of open cases and of those on hold. A restore of an older backup ends them again.
func TestAFileEndsBeforeItsCase(t *testing.T) {
	net := nodetest.New(t, nodetest.At("MK"))
	k := newKeeping(t, net.Node("MK"))
	ctx := t.Context()
	type held struct {
		c    casefile.Case
		file id.Record
	}
	open := func() held {
		t.Helper()
		c, err := k.Cases.Open(ctx, k.As("ana"), casefile.Opening{AgeClass: person.Adult})
		k.must(err)
		_, err = k.Cases.Note(ctx, k.As("ana"), c.ID, casefile.Note{Language: "en", Text: "DEMO note"})
		k.must(err)
		kept, err := k.Cases.Attach(ctx, k.As("ana"), c.ID, casefile.Upload{Name: "demo.pdf", Body: strings.NewReader("%PDF-1.7 an invented paper " + strings.Repeat("x", 600<<10))})
		k.must(err)
		return held{c, kept.Record}
	}
	fetch := func(h held) error {
		_, err := k.Cases.Fetch(ctx, k.As("ana"), h.c.ID, h.file, io.Discard)
		return err
	}
	ended, onHold, working := open(), open(), open()
	ended.c, onHold.c = k.close("ana", ended.c), k.close("ana", onHold.c)
	_, err := k.Retention.Hold(ctx, k.As("dora").Actor, string(onHold.c.Reference), because())
	k.must(err)
	k.state("case-file", 24)
	net.Clock.Advance(70 * 24 * time.Hour)
	if p, err := k.Retention.Preview(ctx, k.As("dora").Actor); err != nil || len(p.Due) != 0 || len(p.Left) != 0 {
		t.Fatalf("due by a period that nobody has stated: %+v, %v", p, err)
	}
	k.state(profile.ClassAttachment, 2)
	p, err := k.Retention.Preview(ctx, k.As("dora").Actor)
	k.must(err)
	if len(p.Due) != 1 || p.Due[0].What != retention.Space || p.Due[0].Class != profile.ClassAttachment || p.Due[0].Reference != string(ended.c.Reference) || len(p.Left) != 1 || p.Left[0].Reason != retention.LeftHeld {
		t.Fatalf("due: %+v", p)
	}
	// What has changed, or is not due any more, since it was proposed drops out.
	propose := func() retention.Purge {
		t.Helper()
		p, err := k.Retention.Propose(ctx, k.As("dora").Actor)
		k.must(err)
		return p
	}
	stays := func(p retention.Purge, reason string) {
		t.Helper()
		done, err := k.Retention.Confirm(ctx, k.As("nada").Actor, p.ID, p.Digest)
		k.must(err)
		if len(done.Left) != 1 || done.Left[0].Reason != reason {
			t.Errorf("left are %+v, want %s", done.Left, reason)
		}
		k.must(fetch(ended))
	}
	say := func(months int, article string) {
		t.Helper()
		k.must(k.Profile.State(ctx, k.As("ada").Actor, profile.ClassAttachment, profile.Length{N: months, Unit: profile.Months}, "an invented law", article))
		net.Clock.Advance(time.Minute)
		net.Run()
	}
	early := propose()
	k.state(profile.ClassAttachment, 24)
	stays(early, retention.LeftNotDue)
	k.state(profile.ClassAttachment, 2)
	early = propose()
	say(1, "article 2")
	stays(early, retention.LeftNotDue) // nobody has confirmed it
	say(2, "article 1")
	early = propose()
	again, err := k.Cases.Reopen(ctx, k.As("ana"), ended.c.ID, ended.c.Version, casefile.Reopening{Reason: "new-need", On: net.Clock.Now().Format(time.DateOnly)})
	k.must(err)
	ended.c = k.close("ana", again)
	net.Clock.Advance(70 * 24 * time.Hour)
	stays(early, retention.LeftChanged)

	var content, keys, list bytes.Buffer
	_, err = k.Backups.Make(ctx, nodetest.Console("MK"), &content, &keys)
	k.must(err)
	set, err := k.Retention.Propose(ctx, k.As("dora").Actor)
	k.must(err)
	_, err = k.Retention.Confirm(ctx, k.As("dora").Actor, set.ID, set.Digest)
	k.refused("by one person alone", err, fault.Denied, "")
	k.must(fetch(ended))
	done, err := k.Retention.Confirm(ctx, k.As("nada").Actor, set.ID, set.Digest)
	k.must(err)
	if len(done.Left) != 0 {
		t.Errorf("left: %+v", done.Left)
	}
	look := func(when string) {
		t.Helper()
		k.refused(when, fetch(ended), fault.NotFound, "")
		f, err := k.Cases.Show(ctx, k.As("ana"), ended.c.ID)
		k.must(err)
		if len(f.Notes) != 1 || len(f.Attachments) != 0 {
			t.Errorf("%s the case has %d notes and %d files", when, len(f.Notes), len(f.Attachments))
		}
		k.must(store.Reader[casefile.Tx](k.DB)(ctx, func(tx casefile.Tx) error {
			parts, err := tx.Rows(ctx, ended.c.ID, casefile.KindFilePart)
			if len(parts) != 0 {
				t.Errorf("%s %d parts of the file are there, sealed", when, len(parts))
			}
			return err
		}))
		k.must(fetch(onHold))
		k.must(fetch(working))
	}
	look("after it was confirmed")
	k.must(k.Backups.WriteErasures(ctx, nodetest.Console("MK"), &list))
	k.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes()), Lists: [][]byte{list.Bytes()}})
	look("after a restore")
}
