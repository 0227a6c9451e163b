package api_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/cooperation"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/docket"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/nodetest"
)

// A program of the prosecution reads the requests and the boards of its desk; who helps people finds neither.
func TestProsecutorsReadOverTheInterface(t *testing.T) {
	net := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	for _, x := range net.Nodes {
		x.Desk(desk.Desk{ID: "prosecution", Kind: desk.AtNode, Realm: access.Prosecution, Function: "desk.function.prosecutor"}, "petar", access.Prosecutor)
		net.Clock.Advance(time.Second)
		x.PublishSheet()
	}
	net.Run()
	x, ctx := net.Node("MD"), t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := x.Cooperations.Begin(ctx, x.As("petar"), id.Address{Member: "MK", Desk: "prosecution"}, cooperation.Request{
		Kind: cooperation.MLA, Instrument: "mla.coe-1959", From: cooperation.Office{Name: "DEMO A"}, To: cooperation.Office{Name: "DEMO B"}, Language: "en", Answers: []string{"en"},
	})
	must(err)
	board, err := x.Dockets.Begin(ctx, x.As("petar"), "DEMO board", "DEMO office", "")
	must(err)
	_, err = x.Dockets.Add(ctx, x.As("petar"), board.ID, docket.Writing{Sort: "hearing", Values: map[string]string{"day": "2026-12-24", "country": "MK", "witness": "W-1", "state": "planned"}})
	must(err)
	petar, ana := as(t, x, "petar"), as(t, x, "ana")
	var list struct {
		Items []struct{ ID, Reference, State string }
		Next  string
	}
	decode(t, petar.do(http.MethodGet, "/cooperation", nil), &list)
	if len(list.Items) != 1 || list.Items[0].ID != string(r.ID) || list.Items[0].State != "draft" || list.Next != "" {
		t.Errorf("requests %+v", list)
	}
	var one struct {
		Request json.RawMessage
		Lacks   []string
	}
	decode(t, petar.do(http.MethodGet, "/cooperation/"+string(r.ID), nil), &one)
	if q, err := cooperation.ParseRequest(one.Request); err != nil || q.From.Name != "DEMO A" || !slices.Contains(one.Lacks, "facts") {
		t.Errorf("a request %s, %v", one.Request, err)
	}
	var days struct{ Items []json.RawMessage }
	decode(t, petar.do(http.MethodGet, "/cooperation/days", nil), &days)
	if days.Items == nil {
		t.Error("days are no list")
	}
	list.Items = nil
	decode(t, petar.do(http.MethodGet, "/dockets", nil), &list)
	if len(list.Items) != 1 || list.Items[0].ID != string(board.ID) {
		t.Errorf("boards %+v", list)
	}
	var file struct {
		Heads []string
		Items []struct {
			Sort   string
			Values map[string]string
		}
	}
	decode(t, petar.do(http.MethodGet, "/dockets/"+string(board.ID), nil), &file)
	f, err := x.Dockets.Open(ctx, x.As("petar"), board.ID)
	must(err)
	raw, err := f.Entries[len(f.Entries)-1].Canonical()
	must(err)
	sum := sha256.Sum256(raw)
	if len(file.Items) != 3 || file.Items[2].Values["witness"] != "W-1" || !slices.Equal(file.Heads, []string{hex.EncodeToString(sum[:])}) {
		t.Errorf("a board %+v", file)
	}
	for _, path := range []string{"/cooperation", "/cooperation/days", "/cooperation/" + string(r.ID), "/dockets", "/dockets/" + string(board.ID)} {
		if a := ana.do(http.MethodGet, path, nil); a.Code != http.StatusForbidden && a.Code != http.StatusNotFound {
			t.Errorf("%s as who helps people: %d", path, a.Code)
		}
	}
}
