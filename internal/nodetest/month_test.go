package nodetest_test

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/store"
)

// TestAMonthAwayCatchesUp: a node that was off for five weeks has the newest desk sheet, every publication and its letters soon
// after it is back; what it had left unsent and is too old by now, its desk is asked about.
func TestAMonthAwayCatchesUp(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := n.Node("MD"), n.Node("MK")
	ctx := t.Context()
	write(t, mk, "MD")
	mk.Stop()
	n.Clock.Advance(9 * 24 * time.Hour)
	md.Desk(desk.Desk{ID: "clinic", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.clinic"}, "cora", access.ServiceProvider)
	md.PublishSheet()
	write(t, md, "MK")
	var published []publication.Kept
	for range 3 {
		k, err := md.Publications.Publish(ctx, md.As("ana"), publication.Draft{Kind: publication.Practice, Body: []byte(`{"conditions":[{"lang":"en","text":"x"}],"evidence":"described","problem":[{"lang":"en","text":"x"}],"steps":[{"what":[{"lang":"en","text":"x"}]}],"title":[{"lang":"en","text":"x"}]}`)})
		if err != nil {
			t.Fatal(err)
		}
		published = append(published, k)
		n.Clock.Advance(24 * time.Hour)
		n.Run()
	}
	n.Clock.Advance(23 * 24 * time.Hour)
	n.Run()
	mk.Start()
	n.Run()
	n.Clock.Advance(time.Hour)
	n.Run()
	err := store.Reader[member.Tx](mk.DB)(ctx, func(tx member.Tx) error {
		held, err := member.SheetOf(ctx, tx, "MD")
		if _, ok := held.Signed.Sheet.Find("clinic"); !ok || held.Signed.Sheet.Standing(n.Now()) != member.Valid {
			t.Errorf("MK holds version %d of the sheet of MD", held.Signed.Sheet.Version)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	got, err := mk.Publications.List(ctx, mk.As("ana").Actor, publication.Filter{})
	if err != nil || len(got) != len(published) {
		t.Errorf("MK has %d of %d publications, %v", len(got), len(published), err)
	}
	if letters := read(t, mk); letters != 2 {
		t.Errorf("MK reads %d letters, want its own and that of MD", letters)
	}
	// Its own letter was sealed before it left and lived for thirty days: nobody reads it, and MK is asked what to do.
	if letters := read(t, md); letters != 1 {
		t.Errorf("MD reads %d letters, want its own only", letters)
	}
	one(t, mk, "message.resend")
}
